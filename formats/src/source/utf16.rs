//! JSON in UTF-16, as `>` of `PowerShell` writes whatever a program prints.

/// The order of the bytes of JSON in UTF-16; `None` for anything else.
pub(super) fn is_json(bytes: &[u8]) -> Option<Order> {
    let order = match bytes.get(..4)? {
        [0xff, 0xfe, _, _] | [b'{' | b'[', 0, _, 0] => Order::Little,
        [0xfe, 0xff, _, _] | [0, b'{' | b'[', 0, _] => Order::Big,
        _ => return None,
    };
    let mut units = units(bytes.get(..1024).unwrap_or(bytes), order);
    let first = units.find(|&unit| unit > u16::from(b' ') && unit != BYTE_ORDER_MARK)?;
    (first == u16::from(b'{') || first == u16::from(b'[')).then_some(order)
}

/// Which byte of a unit is first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

const BYTE_ORDER_MARK: u16 = 0xfeff;

fn units(bytes: &[u8], order: Order) -> impl Iterator<Item = u16> {
    bytes.chunks_exact(2).filter_map(|pair| pair.first_chunk::<2>()).map(move |&pair| match order {
        Order::Little => u16::from_le_bytes(pair),
        Order::Big => u16::from_be_bytes(pair),
    })
}

/// The same text in UTF-8, and how many units are no part of a character.
pub(super) fn to_utf8(bytes: &[u8], order: Order) -> (Vec<u8>, u64) {
    let mut text = String::with_capacity(bytes.len() / 2);
    let mut n_broken = 0_u64;
    for unit in char::decode_utf16(units(bytes, order).skip_while(|&unit| unit == BYTE_ORDER_MARK))
    {
        n_broken = n_broken.saturating_add(u64::from(unit.is_err()));
        text.push(unit.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    (text.into_bytes(), n_broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_in_utf_16_is_told_from_other_bytes() {
        let little =
            |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
        for text in ["{\"é\":1}", "\u{feff}[1]", "\u{feff}\r\n [1]"] {
            let order = is_json(&little(text)).unwrap();
            let (utf8, n_broken) = to_utf8(&little(text), order);
            assert_eq!(utf8, text.trim_start_matches('\u{feff}').as_bytes());
            assert_eq!(n_broken, 0);
        }
        let big: Vec<u8> = "[1]".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(is_json(&big), Some(Order::Big));
        for other in [&b"{\"a\""[..], b"[\0\0\0", b"{\0", b"main;read 1"] {
            assert!(is_json(other).is_none_or(|_| other == b"[\0\0\0"), "{other:?}");
        }
        assert_eq!(is_json(&little("\u{feff}main;read 1")), None);
    }
}
