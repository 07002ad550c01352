package io.mqttka.internal

/** Stands for what is not to be seen. */
internal const val HIDDEN: String = "(hidden)"

/** How options show what is not to be shown, or not equal where it is. */
internal interface Form {
    fun uri(text: String?): Any?
    fun text(bytes: ByteArray?): Any?
    fun secret(value: String?): Any?
    fun secret(bytes: ByteArray?): Any?
    fun headers(headers: List<Pair<String, String>>?): Any?
}

/** To compare. */
internal object Compared : Form {
    override fun uri(text: String?) = text
    override fun text(bytes: ByteArray?) = bytes?.asList()
    override fun secret(value: String?) = value
    override fun secret(bytes: ByteArray?) = bytes?.asList()
    override fun headers(headers: List<Pair<String, String>>?) = headers
}

/** To print. */
internal object Printed : Form {
    /** Without user name, password and query, also where it is no URI. */
    override fun uri(text: String?): String? {
        val shown = (text ?: return null).replace(Regex("\\?.*", RegexOption.DOT_MATCHES_ALL), "?$HIDDEN")
        val end = shown.lastIndexOf('@')
        val scheme = shown.indexOf("//")
        val start = if (scheme in 0..<end) scheme + 2 else shown.indexOf(':') + 1
        return if (end > start) shown.replaceRange(start, end, HIDDEN) else shown
    }

    override fun text(bytes: ByteArray?) = bytes?.let { "${it.size} bytes" }
    override fun secret(value: String?) = value?.let { HIDDEN }
    override fun secret(bytes: ByteArray?) = bytes?.let { HIDDEN }
    override fun headers(headers: List<Pair<String, String>>?) = headers?.map { (name, _) -> "$name: $HIDDEN" }
}

/** As a data class prints itself. */
internal fun inWords(type: String, fields: List<Pair<String, Any?>>): String =
    fields.joinToString(", ", "$type(", ")") { (name, value) -> "$name=$value" }
