use super::*;

fn decoded(json: &[u8]) -> String {
    Scanner::new(json, 0).value().unwrap().text().unwrap().decode().into_owned()
}

#[test]
fn escapes_are_decoded_and_half_pairs_replaced() {
    assert_eq!(decoded(br#""a\n\"\\\/\u00e9\t""#), "a\n\"\\/é\t");
    assert_eq!(decoded(br#""\ud83d\ude00""#), "😀");
    assert_eq!(decoded(br#""\ud83d-\ude00""#), "\u{fffd}-\u{fffd}");
    assert_eq!(decoded(br#""\ud83d\u0041""#), "\u{fffd}A");
    assert_eq!(decoded(br#""\x \u12 \u+123 end""#), r"\x \u12 \u+123 end");
    assert_eq!(decoded(b"\"a\x01\nb\xff\""), "a\u{1}\nb\u{fffd}");
    assert_eq!(decoded(br#""a string of more than sixteen bytes \" and on""#).len(), 44);
}

#[test]
fn keys_and_values_are_pieces_of_the_file() {
    let json = br#"{"a":1.5e3,,"b":[1,{"c":"]}"}],"d":NaN "e":{"f":-Infinity},}x"#;
    let mut scanner = Scanner::new(json, 0);
    scanner.expect(b'{').unwrap();
    let mut pairs = Vec::new();
    while let Some(key) = scanner.key().unwrap() {
        pairs.push((key.decode().into_owned(), scanner.value().unwrap()));
    }
    assert_eq!(
        pairs,
        [
            ("a".to_owned(), Value::Number(b"1.5e3")),
            ("b".to_owned(), Value::Array(br#"[1,{"c":"]}"}]"#)),
            ("d".to_owned(), Value::Word(b"NaN")),
            ("e".to_owned(), Value::Object(br#"{"f":-Infinity}"#)),
        ]
    );
    assert_eq!(scanner.position(), json.len() - 1);
}

#[test]
fn what_is_broken_and_what_has_ended_are_told_apart() {
    let value = |json: &'static [u8]| Scanner::new(json, 0).value();
    assert_eq!(value(b"\"abc"), Err(Broken::Ended));
    assert_eq!(value(b"\"abc\\"), Err(Broken::Ended));
    assert_eq!(value(b"[1,[2]"), Err(Broken::Ended));
    assert_eq!(value(b"  "), Err(Broken::Ended));
    assert_eq!(value(b"tru"), Err(Broken::Ended));
    assert_eq!(value(b"tru,"), Err(Broken::Junk));
    assert_eq!(value(b"{\"a\":[1}"), Err(Broken::Junk));
    assert_eq!(value(b"=1"), Err(Broken::Junk));
}

#[test]
fn nesting_of_any_depth_is_skipped() {
    let deep = [b"[".repeat(1 << 20), b"]".repeat(1 << 20)].concat();
    assert_eq!(Scanner::new(&deep, 0).value(), Ok(Value::Array(&deep)));
    let cut = deep.get(..deep.len() - 1).unwrap();
    assert_eq!(Scanner::new(cut, 0).value(), Err(Broken::Ended));
    let objects = [b"{\"a\":".repeat(100), b"1".to_vec(), b"}".repeat(100)].concat();
    assert_eq!(Scanner::new(&objects, 0).value(), Ok(Value::Object(&objects)));
}

#[test]
fn decimals_are_scaled_without_loss() {
    let ns = |text: &str| scaled(text.as_bytes(), 3);
    assert_eq!(ns("1700000000000000.125"), Some(1_700_000_000_000_000_125));
    assert_eq!(ns("5.1"), Some(5100));
    assert_eq!(ns("-75000"), Some(-75_000_000));
    assert_eq!(ns("1.7e15"), Some(1_700_000_000_000_000_000));
    assert_eq!(ns("1.6957355424811291E+15"), Some(1_695_735_542_481_129_100));
    assert_eq!(ns("25e-5"), Some(0));
    assert_eq!(ns("0.0005"), Some(1));
    assert_eq!(ns("-0.0005"), Some(-1));
    assert_eq!(ns("0.00049999999999999999999999999999999999999999999999"), Some(0));
    assert_eq!(ns("1e-400"), Some(0));
    assert_eq!(ns("0e99999999999"), Some(0));
    assert_eq!(ns(".5"), Some(500));
    assert_eq!(ns("9223372036854775.807"), Some(i64::MAX));
    assert_eq!(ns("-9223372036854775.808"), Some(i64::MIN));
    for text in ["9223372036854775.808", "1e30", "", "-", ".", "1.2.3", "1e", "abc", "0x10", "NaN"]
    {
        assert_eq!(ns(text), None, "{text}");
    }
    let long = "1".repeat(100) + "e-99";
    assert_eq!(ns(&long), Some(1111));
}

#[test]
fn integers_are_of_64_bits_and_fractions_are_cut() {
    let whole = |text: &str| integer(text.as_bytes());
    assert_eq!(whole("42"), Some(42));
    assert_eq!(whole("-1"), Some(-1));
    assert_eq!(whole("12.9"), Some(12));
    assert_eq!(whole("-12.9"), Some(-12));
    assert_eq!(whole("1e3"), Some(1000));
    assert_eq!(whole("139637976727552"), Some(139_637_976_727_552));
    assert_eq!(whole("9223372036854775807"), Some(i64::MAX));
    assert_eq!(whole("18446744073709551615"), Some(-1));
    assert_eq!(whole("stream 7"), None);
    assert_eq!(whole(""), None);
}

#[test]
fn floats_are_finite() {
    assert_eq!(float(b"25.7"), Some(25.7));
    assert_eq!(float(b"-1e3"), Some(-1000.0));
    assert_eq!(float(b"1e999"), None);
    assert_eq!(float(b"inf"), None);
    assert_eq!(float(b""), None);
}
