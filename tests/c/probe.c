/* Mistakes on purpose: run.sh checks that each checker reports them. */
#include <limits.h>
#include <mqttka.h>

#include "expect.h"

int main(int argc, char **argv)
{
    const char *mistake = argc > 1 ? argv[1] : "";
    if (strcmp(mistake, "use-after-free") == 0) {
        char *volatile memory = malloc(8);
        free(memory);
        return memory[0] == 'x';
    }
    if (strcmp(mistake, "overflow") == 0) {
        volatile int number = INT_MAX;
        number = number + 1;
        return number == 0;
    }
    if (strcmp(mistake, "leak") == 0) {
        /* Memory that the library allocated, which its allocator must not hide; several, as a pointer to
         * the last one can be left somewhere on the stack. */
        mqttka_options *volatile options = NULL;
        for (int i = 0; i < 16; i++) options = mqttka_options_new();
        options = NULL;
        return options != NULL;
    }
    if (strcmp(mistake, "freed-options") == 0) {
        mqttka_options *options = mqttka_options_new();
        mqttka_options_free(options);
        mqttka_options_free(options);
        return 0;
    }
    return 2;
}
