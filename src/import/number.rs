//! A number as a table prints it: with the unit behind it, and half a unit of its last digit as what rounding may hide.

/// What a unit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// Operations a second, of floats or integers.
    Rate,
    /// Bytes a second.
    Bandwidth,
    /// Bytes.
    Capacity,
    /// Watts.
    Power,
    /// Joules.
    Energy,
    /// Seconds.
    Time,
    /// A part of one.
    Share,
}

/// A unit: what it counts, and how many base units (operations/s, bytes/s, bytes, watts, joules, seconds, 1) it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measure {
    /// What it counts.
    pub quantity: Quantity,
    /// How many base units.
    pub base: f64,
}

/// What a number may have been before it was rounded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// A number of a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Number {
    /// In the unit that is printed.
    pub value: f64,
    /// Half a unit of the last digit that is printed.
    pub half: f64,
    /// The unit behind it; absent where it is bare.
    pub measure: Option<Measure>,
}

/// More than any number of a sheet, in its own unit.
const MOST: f64 = 1e24;

/// What a cell says that has no value.
const NOTHING: [&str; 13] = [
    "",
    "/",
    "-",
    "--",
    "—",
    "——",
    "–",
    "na",
    "n/a",
    "无",
    "未测",
    "不支持",
    "null",
];

/// ASCII for what Chinese input methods write full width; one blank for every kind of blank.
pub fn narrow(text: &str) -> String {
    let one = |letter: char| match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        other if other.is_whitespace() => ' ',
        other => other,
    };
    text.chars().map(one).collect::<String>().trim().to_owned()
}

/// Whether a text says that there is no value.
pub fn is_nothing(text: &str) -> bool {
    NOTHING.contains(&&*narrow(text).to_lowercase())
}

/// The number of a cell; none where the cell says that there is none.
///
/// # Errors
///
/// Why the text is no single number with a known unit.
pub fn number(text: &str) -> Result<Option<Number>, String> {
    if is_nothing(text) {
        return Ok(None);
    }
    let plain = narrow(text);
    let end = length(&plain);
    let (digits, rest) = plain.split_at(end);
    let (value, half) = digits_of(digits).ok_or_else(|| "is no single number".to_owned())?;
    // What stands in brackets behind a unit is a remark: 313 TFLOPS (8卡平均).
    let rest = rest.split('(').next().unwrap_or_default().trim();
    let measure = match rest {
        "" => None,
        word => Some(unit(word).ok_or_else(|| "has a unit that is not known".to_owned())?),
    };
    Ok(Some(Number {
        value,
        half,
        measure,
    }))
}

/// How many bytes at the start belong to digits, their marks and an exponent.
fn length(text: &str) -> usize {
    let mark = |letter: char| letter.is_ascii_digit() || matches!(letter, '.' | ',');
    let sign = usize::from(text.starts_with(['+', '-']));
    let after = |from: usize| {
        let rest = &text[from..];
        from + rest.find(|letter| !mark(letter)).unwrap_or(rest.len())
    };
    let end = after(sign);
    let exponent = text[end..].strip_prefix(['e', 'E']).map(|rest| {
        let sign = usize::from(rest.starts_with(['+', '-']));
        (end + 1 + sign, after(end + 1 + sign))
    });
    match exponent {
        // EFLOPS begins like an exponent, and has no digits.
        Some((from, to)) if to > from => to,
        _ => end,
    }
}

/// The value of digits, and half a unit of the last of them; commas only where they part groups of three.
fn digits_of(text: &str) -> Option<(f64, f64)> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut groups = whole.trim_start_matches(['+', '-']).split(',');
    let first = groups.next()?;
    let grouped = whole.contains(',');
    let right =
        groups.all(|group| group.len() == 3) && (!grouped || (1..=3).contains(&first.len()));
    if !right || decimals.contains([',', '.']) {
        return None;
    }
    let exponent: i32 = exponent.parse().ok()?;
    let value: f64 = format!("{}e{exponent}", mantissa.replace(',', ""))
        .parse()
        .ok()?;
    let places = i32::try_from(decimals.len()).ok()?;
    let half = 0.5 * 10f64.powi(exponent.checked_sub(places)?);
    let sane = value.is_finite() && value.abs() <= MOST && half.is_finite();
    sane.then_some((value, half))
}

/// What a unit's name means; none where it is not known. Gbps counts bits, and is not.
pub fn unit(name: &str) -> Option<Measure> {
    let name = narrow(name).replace(' ', "");
    let of = |quantity, base| Some(Measure { quantity, base });
    match &*name {
        "%" | "percent" | "pct" => return of(Quantity::Share, 0.01),
        "秒" => return of(Quantity::Time, 1.0),
        "分钟" | "min" => return of(Quantity::Time, 60.0),
        "小时" | "h" => return of(Quantity::Time, 3600.0),
        "瓦" => return of(Quantity::Power, 1.0),
        "千瓦" => return of(Quantity::Power, 1e3),
        "焦耳" | "焦" => return of(Quantity::Energy, 1.0),
        "千瓦时" | "度" => return of(Quantity::Energy, 3.6e6),
        "P" => return of(Quantity::Rate, 1e15),
        _ => {}
    }
    let lower = name.to_lowercase();
    let (quantity, stem, base) = STEMS.iter().find_map(|(stem, quantity, base)| {
        let rest = lower.strip_suffix(stem)?;
        // What stands before it must be a prefix or nothing.
        (rest.chars().count() <= 2).then_some((*quantity, *stem, *base))
    })?;
    let prefix = &name[..name.len() - stem.len()];
    Some(Measure {
        quantity,
        base: base * prefixed(prefix)?,
    })
}

/// Ends of units, the longer ones first.
const STEMS: [(&str, Quantity, f64); 13] = [
    ("flops", Quantity::Rate, 1.0),
    ("flop/s", Quantity::Rate, 1.0),
    ("ops", Quantity::Rate, 1.0),
    ("op/s", Quantity::Rate, 1.0),
    ("b/s", Quantity::Bandwidth, 1.0),
    ("wh", Quantity::Energy, 3600.0),
    ("w", Quantity::Power, 1.0),
    ("j", Quantity::Energy, 1.0),
    ("seconds", Quantity::Time, 1.0),
    ("sec", Quantity::Time, 1.0),
    ("s", Quantity::Time, 1.0),
    ("bytes", Quantity::Capacity, 1.0),
    ("b", Quantity::Capacity, 1.0),
];

/// The factor of a prefix, decimal or of 1024.
fn prefixed(prefix: &str) -> Option<f64> {
    Some(match prefix {
        "" => 1.0,
        "k" | "K" => 1e3,
        "M" => 1e6,
        "m" => 1e-3,
        "u" | "µ" | "μ" => 1e-6,
        "n" => 1e-9,
        "G" | "g" => 1e9,
        "T" | "t" => 1e12,
        "P" | "p" => 1e15,
        "E" | "e" => 1e18,
        "Ki" => 1024.0,
        "Mi" => 1_048_576.0,
        "Gi" => 1_073_741_824.0,
        "Ti" => 1_099_511_627_776.0,
        _ => return None,
    })
}

impl Number {
    /// What it may have been before rounding, in base units; `measure` is the unit where the number has none of its own.
    pub fn span(&self, measure: Option<Measure>) -> Span {
        let base = self.measure.or(measure).map_or(1.0, |unit| unit.base);
        Span {
            low: (self.value - self.half) * base,
            high: (self.value + self.half) * base,
        }
    }

    /// The value in base units.
    pub fn base(&self, measure: Option<Measure>) -> f64 {
        self.value * self.measure.or(measure).map_or(1.0, |unit| unit.base)
    }
}

/// What the last bits of binary numbers lose in a product or a quotient; never a tolerance of a measurement.
const BITS: f64 = 1e-12;

impl Span {
    /// Every quotient of a number of this span and one of `other`; none where that may be zero.
    pub fn over(&self, other: &Self) -> Option<Self> {
        let ends = [self.low, self.high].map(|end| [end / other.low, end / other.high]);
        (other.low > 0.0).then(|| Self::around(ends.as_flattened()))
    }

    /// Every product.
    #[must_use]
    pub fn times(&self, other: &Self) -> Self {
        let ends = [self.low, self.high].map(|end| [end * other.low, end * other.high]);
        Self::around(ends.as_flattened())
    }

    fn around(ends: &[f64]) -> Self {
        Self {
            low: ends.iter().copied().fold(f64::INFINITY, f64::min),
            high: ends.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        }
    }

    /// Whether some number is in both.
    pub fn meets(&self, other: &Self) -> bool {
        let slack = BITS * self.high.abs().max(other.high.abs());
        self.low <= other.high + slack && other.low <= self.high + slack
    }

    /// Whether every number of this span is above every one of `other`.
    pub fn above(&self, other: &Self) -> bool {
        self.low > other.high && !self.meets(other)
    }
}

/// Whether a printed ratio is the quotient, as far as its digits say: without a sign for per cent it may be either.
pub fn is_quotient(printed: &Number, quotient: &Span) -> bool {
    let read = |base: f64| Span {
        low: (printed.value - printed.half) * base,
        high: (printed.value + printed.half) * base,
    };
    match printed.measure {
        Some(measure) => read(measure.base).meets(quotient),
        None => read(1.0).meets(quotient) || read(0.01).meets(quotient),
    }
}
