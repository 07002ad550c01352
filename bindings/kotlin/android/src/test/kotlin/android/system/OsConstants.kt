package android.system

/** Its like in the framework asks the device's kernel through native code. What link addresses need. */
@Suppress("unused")
class OsConstants private constructor() {
    companion object {
        const val RT_SCOPE_UNIVERSE: Int = 0
        const val RT_SCOPE_SITE: Int = 200
        const val RT_SCOPE_LINK: Int = 253
        const val RT_SCOPE_HOST: Int = 254
        const val IFA_F_OPTIMISTIC: Int = 4
        const val IFA_F_DADFAILED: Int = 8
        const val IFA_F_DEPRECATED: Int = 32
        const val IFA_F_TENTATIVE: Int = 64
        const val IFA_F_PERMANENT: Int = 128
    }
}
