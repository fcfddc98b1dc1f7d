//! PEM, written in 64 columns, and read back for keys.

/// One block: the label, and the bytes in lines of 64 characters.
pub fn encode(label: &str, der: &[u8]) -> String {
    let text = base64(der);
    let lines = text
        .as_bytes()
        .chunks(64)
        .map(|line| line.iter().copied().map(char::from).collect::<String>() + "\n")
        .collect::<String>();
    format!("-----BEGIN {label}-----\n{lines}-----END {label}-----\n")
}

/// The bytes of the first block of that label.
pub fn decode(label: &str, text: &str) -> Option<Vec<u8>> {
    let (_, after_begin) = text.split_once(&format!("-----BEGIN {label}-----"))?;
    let (body, _) = after_begin.split_once(&format!("-----END {label}-----"))?;
    let mut der = Vec::new();
    let mut bits = 0_u32;
    let mut count = 0;
    for character in body.bytes().filter(|octet| !octet.is_ascii_whitespace()) {
        if character == b'=' {
            break;
        }
        let digit = ALPHABET.iter().position(|letter| *letter == character)?;
        bits = bits << 6 | u32::try_from(digit).ok()?;
        count += 6;
        if count >= 8 {
            count -= 8;
            der.push((bits >> count & 0xff) as u8);
        }
    }
    Some(der)
}

/// The bytes in base64, in one line.
pub fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = (0..3).fold(0_usize, |bits, at| {
            bits << 8 | group.get(at).map_or(0, |octet| usize::from(*octet))
        });
        for at in 0..4 {
            text.push(match at <= group.len() {
                true => char::from(ALPHABET[bits >> (18 - 6 * at) & 0x3f]),
                false => '=',
            });
        }
    }
    text
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_pads_like_rfc_4648() {
        for (bytes, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")]
        {
            assert_eq!(base64(bytes.as_bytes()), text, "{bytes:?}");
        }
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        for size in [0, 1, 47, 48, 49, 200] {
            let bytes = (0..size).map(|at| (at * 7 % 256) as u8).collect::<Vec<_>>();
            assert_eq!(decode("X", &encode("X", &bytes)), Some(bytes));
        }
    }
}
