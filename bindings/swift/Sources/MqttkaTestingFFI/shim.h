// The header is C's, which is generated; here is only where it is.
#include "../../../../include/mqttka_testing.h"
