package android.os

import java.io.Closeable
import java.io.FileDescriptor

/** Its like in the framework duplicates descriptors in native code. This one notes what is done with it. */
class ParcelFileDescriptor private constructor(val of: Int) : Closeable {
    private val own = FileDescriptor()
    var isClosed = false
        private set

    fun getFileDescriptor(): FileDescriptor = own.also { check(!isClosed) }

    override fun close() {
        isClosed = true
    }

    companion object {
        val made = mutableListOf<ParcelFileDescriptor>()

        @JvmStatic
        fun fromFd(fd: Int): ParcelFileDescriptor = ParcelFileDescriptor(fd).also { made += it }
    }
}
