package android.util

/** The framework's log ends in native code, which only a device has; its classes ask for it as they load. */
@Suppress("unused", "UNUSED_PARAMETER")
class Log private constructor() {
    companion object {
        @JvmStatic
        fun isLoggable(tag: String?, level: Int): Boolean = false

        @JvmStatic
        fun d(tag: String?, text: String?): Int = 0

        @JvmStatic
        fun w(tag: String?, text: String?): Int = 0

        @JvmStatic
        fun e(tag: String?, text: String?): Int = 0

        @JvmStatic
        fun wtf(tag: String?, text: String?): Int = error("$tag: $text")
    }
}
