package android.os

/** Its like in the framework asks the device's kernel through native code. */
@Suppress("unused")
class Process private constructor() {
    companion object {
        const val INVALID_UID: Int = -1

        @JvmStatic
        fun myUid(): Int = 10_000

        @JvmStatic
        fun myPid(): Int = 1
    }
}
