package dalvik.system

/** Android's virtual machine gives arrays that fill their allocation; this one gives plain ones. */
@Suppress("unused")
class VMRuntime private constructor() {
    fun newUnpaddedArray(type: Class<*>, minimum: Int): Any = java.lang.reflect.Array.newInstance(type, minimum)

    fun newNonMovableArray(type: Class<*>, length: Int): Any = java.lang.reflect.Array.newInstance(type, length)

    companion object {
        private val runtime = VMRuntime()

        @JvmStatic
        fun getRuntime(): VMRuntime = runtime
    }
}
