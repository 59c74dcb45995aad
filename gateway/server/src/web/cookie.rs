//! The gateway's own cookie among its neighbours'. Another program of the same host may have set
//! anything: the header is read as bytes, and only our own pair counts (RFC 6265, 5.4).

use axum::http::HeaderMap;
use axum::http::header::COOKIE;

/// `__Host-`: only this host, only https, only for all of it (RFC 6265bis section 4.1.3.2).
pub const NAME: &str = "__Host-borne";

/// Our cookie's value. None when it is there twice with different values: nobody can say which
/// session is meant.
pub fn own(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(COOKIE).into_iter().map(axum::http::HeaderValue::as_bytes);
    let mut values = lines.flat_map(|line| line.split(|byte| *byte == b';')).filter_map(value);
    let first = values.next()?;
    values.all(|other| other == first).then(|| std::str::from_utf8(first).ok())?
}

fn value(pair: &[u8]) -> Option<&[u8]> {
    pair.trim_ascii().strip_prefix(NAME.as_bytes())?.strip_prefix(b"=")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn found(lines: &[&[u8]]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(COOKIE, HeaderValue::from_bytes(line).unwrap());
        }
        own(&headers).map(str::to_owned)
    }

    #[test]
    fn neighbours_do_not_count() {
        let long = ["n=", &"x".repeat(8_000), "; __Host-borne=ours"].concat();
        for line in [
            &b"__Host-borne=ours"[..],
            "ville=Chât\u{e9}auroux; __Host-borne=ours".as_bytes(),
            b"latin=\xe9\xff; __Host-borne=ours; b=\x80",
            b"quoted=\"a, b\"; __Host-borne=ours",
            b"; ;=;x;__Host-borne=ours;;",
            b"__Host-borne2=x; x__Host-borne=y; __host-borne=z; __Host-borne=ours",
            long.as_bytes(),
        ] {
            assert_eq!(found(&[line]).as_deref(), Some("ours"), "{}", line.escape_ascii());
        }
        assert_eq!(found(&[b"a=b", b"__Host-borne=ours", b"c=\xff"]).as_deref(), Some("ours"));
        assert_eq!(found(&[b"a=b"]), None);
        assert_eq!(found(&[b"__Host-borne"]), None);
    }

    #[test]
    fn two_values_are_none() {
        assert_eq!(found(&[b"__Host-borne=a; __Host-borne=b"]), None);
        assert_eq!(found(&[b"__Host-borne=a", b"__Host-borne=b"]), None);
        assert_eq!(found(&[b"__Host-borne=a; __Host-borne=a"]).as_deref(), Some("a"));
        assert_eq!(found(&[b"__Host-borne=\xff"]), None);
    }
}
