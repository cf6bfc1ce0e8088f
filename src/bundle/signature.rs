//! Keys and signatures in minisign's format, so that the stock tool makes and checks them too.

use minisign::{
    ErrorKind, KeyPair, PublicKey, PublicKeyBox, SecretKey, SecretKeyBox, SignatureBox,
};

use crate::error::{Error, Result};

/// What minisign begins an unsigned line with.
const UNTRUSTED: &str = "untrusted comment: ";

/// The unsigned first line that the stock tool writes, and so do we: any other is one that nobody signed.
const COMMENT: &str = "signature from minisign secret key";

/// Letters of a public key in Base64.
const PUBLIC_LETTERS: usize = 56;

/// Letters of a secret key in Base64.
const SECRET_LETTERS: usize = 212;

/// What a secret key is encrypted with.
pub enum Password {
    /// Nothing: whoever has the file can sign.
    None,
    /// What is asked for on the terminal, without an echo.
    Asked,
    /// This.
    Given(String),
}

/// A new key pair, as files.
pub struct Pair {
    /// The secret file's text.
    pub secret: String,
    /// The public file's text.
    pub public: String,
    /// The public key as a line.
    pub line: String,
}

impl Pair {
    /// A new key pair.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] where the system gives no random numbers.
    pub fn new(password: Password) -> Result<Self> {
        let encrypted = !matches!(password, Password::None);
        let made = match password {
            Password::None => KeyPair::generate_unencrypted_keypair(),
            Password::Asked => KeyPair::generate_encrypted_keypair(None),
            Password::Given(password) => KeyPair::generate_encrypted_keypair(Some(password)),
        };
        let failed = |error: minisign::PError| {
            let hint = "try again, or make the key with the stock minisign tool";
            Error::usage("--new-key", error.to_string(), hint)
        };
        let KeyPair { pk, sk } = made.map_err(failed)?;
        let comment = match encrypted {
            true => "minisign encrypted secret key",
            false => "minisign secret key without a password",
        };
        Ok(Self {
            secret: sk.to_box(Some(comment)).map_err(failed)?.to_string(),
            public: pk.to_box().map_err(failed)?.to_string(),
            line: pk.to_base64(),
        })
    }
}

/// A key to sign with.
pub struct Secret(SecretKey);

impl Secret {
    /// The key in a file's `text`, which errors name by `what`; `password` is called where it needs one.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] where it is no key, or the password is another; those of `password`.
    pub fn open(
        what: &str,
        text: &str,
        password: impl FnOnce() -> Result<Password>,
    ) -> Result<Self> {
        let hint = "`suanli sign --new-key FILE` makes a key pair";
        let wrong = |why: String| Error::usage(what, why, hint);
        let key = text.lines().nth(1).unwrap_or_default();
        if !text.starts_with(UNTRUSTED) || key.len() != SECRET_LETTERS {
            return Err(wrong("is no secret key in minisign's format".into()));
        }
        let boxed = |text: &str| SecretKeyBox::from(text.to_owned());
        match boxed(text).into_unencrypted_secret_key() {
            Ok(key) => Ok(Self(key)),
            // One that needs no password has a checksum; the stock tool's have none.
            Err(error) if matches!(error.kind(), ErrorKind::Verify) => Err(wrong(
                "is damaged, or a key without a password that the stock minisign tool made".into(),
            )),
            Err(error) if matches!(error.kind(), ErrorKind::Io) => {
                let password = match password()? {
                    Password::Given(password) => Some(password),
                    Password::None | Password::Asked => None,
                };
                let opened = boxed(text).into_secret_key(password);
                let refused = |error: minisign::PError| {
                    Error::usage(what, error.to_string(), "give the password of this key")
                };
                Ok(Self(opened.map_err(refused)?))
            }
            Err(error) => Err(wrong(format!("is no secret key: {error}"))),
        }
    }

    /// The signature of `content`, as a file's text.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] where the system gives no random numbers.
    pub fn sign(&self, content: &[u8], comment: &str) -> Result<String> {
        let signed = minisign::sign(None, &self.0, content, Some(comment), Some(COMMENT));
        let failed = |error: minisign::PError| {
            Error::usage("--key", error.to_string(), "try again with another key")
        };
        Ok(signed.map_err(failed)?.into_string())
    }

    /// The key that checks what this one signs.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] where the key holds none.
    pub fn public(&self) -> Result<Public> {
        let key = PublicKey::from_secret_key(&self.0);
        let failed =
            |error: minisign::PError| Error::usage("--key", error.to_string(), "give another key");
        Ok(Public(key.map_err(failed)?))
    }
}

/// A key to check with.
#[derive(Debug, Clone)]
pub struct Public(PublicKey);

impl Public {
    /// The key in a line of Base64; none where it can't be one.
    pub fn of_line(line: &str) -> Option<Self> {
        let line = line.trim();
        let fits = line.len() == PUBLIC_LETTERS && line.is_ascii();
        let key = fits.then(|| PublicKey::from_base64(line).ok()).flatten()?;
        key.to_bytes().starts_with(b"Ed").then_some(Self(key))
    }

    /// The key in a file's text.
    pub fn of_text(text: &str) -> Option<Self> {
        let key = PublicKeyBox::from(text.to_owned()).into_public_key().ok()?;
        Self::of_line(&key.to_base64())
    }

    /// Its number, as the stock tool prints it.
    pub fn id(&self) -> String {
        number(self.0.keynum())
    }

    /// Checks that `signature`, a file's bytes, is this key's of `content`; the comment that was signed with it.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn check(&self, content: &[u8], signature: &[u8]) -> Result<String, String> {
        let parsed = parsed(signature).ok_or("is no signature in minisign's format")?;
        let (own, other) = (self.id(), number(parsed.keynum()));
        if own != other {
            return Err(format!("is by key {other}, not by {own}"));
        }
        let content = std::io::Cursor::new(content);
        minisign::verify(&self.0, &parsed, content, true, false, false)
            .map_err(|_| "is not the signature of this manifest")?;
        parsed
            .trusted_comment()
            .map_err(|_| "has no comment".into())
    }
}

/// A signature as it is written and no other way: each letter of the file counts, the unsigned line's too.
fn parsed(signature: &[u8]) -> Option<SignatureBox> {
    let text = std::str::from_utf8(signature).ok()?;
    let lines: Vec<&str> = text.lines().collect();
    // The library takes the lengths for granted.
    let [comment, key, _, whole] = lines[..] else {
        return None;
    };
    let long = |line: &str, length: usize, end: &str| line.len() == length && line.ends_with(end);
    if !long(key, 100, "=") || !long(whole, 88, "==") || comment.strip_prefix(UNTRUSTED)? != COMMENT
    {
        return None;
    }
    let parsed = SignatureBox::from_string(text).ok()?;
    (parsed.clone().into_string() == text).then_some(parsed)
}

/// A key's number in hex.
fn number(bytes: &[u8]) -> String {
    bytes
        .iter()
        .rev()
        .map(|byte| format!("{byte:02X}"))
        .collect()
}
