//! `mqttka-authority DIR [IP ADDRESS...]`: writes a test authority's certificates into DIR.

use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((dir, addresses)) = arguments.split_first() else {
        return Err("usage: mqttka-authority DIR [IP ADDRESS...]".into());
    };
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    mqttka_authority::write(Path::new(dir), &addresses)?;
    Ok(())
}
