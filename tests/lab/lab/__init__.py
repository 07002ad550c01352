"""The lab: MQTT clients, real faults in network namespaces, and the time until the application knows."""
