//! Generates the Kotlin and Swift sources; run by `generate`.

fn main() {
    uniffi::uniffi_bindgen_main();
}
