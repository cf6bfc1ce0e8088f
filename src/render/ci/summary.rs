//! A document that is small enough for the summary of a step, which GitHub refuses whole above 1 MiB.

use std::cmp::Reverse;

/// Bytes that a summary may have: 1 MiB less what other commands of the same step may write to it.
pub const LIMIT: usize = 1_000_000;

/// What stands where text was cut for want of a row to leave out.
const CUT: &str = "\n\nThe rest is left out: it is too long for a summary.\n";

/// A table's rows, by the number of their lines.
struct Table {
    from: usize,
    to: usize,
    /// Rows from here on are left out.
    kept: usize,
}

/// `markdown` in at most `limit` bytes: of the largest table the last rows are left out, and a line says how many; then
/// those of the next. What has no rows to leave out is cut between two letters.
pub fn cut(markdown: &str, limit: usize) -> String {
    if markdown.len() <= limit {
        return markdown.into();
    }
    let lines: Vec<&str> = markdown.split_inclusive('\n').collect();
    let mut tables = tables(&lines);
    let size = |table: &Table| lines[table.from..table.to].concat().len();
    tables.sort_by_cached_key(|table| Reverse(size(table)));
    let mut length = markdown.len();
    for table in &mut tables {
        if length <= limit {
            break;
        }
        // Longer than the note will be.
        length += more(table.to - table.from).len();
        while length > limit && table.kept > table.from {
            table.kept -= 1;
            length -= lines[table.kept].len();
        }
    }
    tables.sort_by_key(|table| table.from);
    let mut text = String::with_capacity(length);
    let mut next = 0;
    for table in tables.iter().filter(|table| table.kept < table.to) {
        text.extend(lines[next..table.kept].iter().copied());
        text += &more(table.to - table.kept);
        next = table.to;
    }
    text.extend(lines[next..].iter().copied());
    hard(text, limit)
}

/// The tables: a header, a line of dashes, rows.
fn tables(lines: &[&str]) -> Vec<Table> {
    let is_row = |at: usize| lines.get(at).is_some_and(|line| line.starts_with('|'));
    let is_rule =
        |line: &str| line.contains("---") && line.trim_end().chars().all(|c| "|-: ".contains(c));
    let mut tables = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let headed = is_row(at) && is_row(at + 1) && is_rule(lines[at + 1]);
        if !headed {
            at += 1;
            continue;
        }
        let from = at + 2;
        let to = (from..lines.len()).find(|at| !is_row(*at));
        at = to.unwrap_or(lines.len());
        tables.push(Table {
            from,
            to: at,
            kept: at,
        });
    }
    tables
}

fn more(rows: usize) -> String {
    let word = if rows == 1 { "row" } else { "rows" };
    format!("\nand {rows} more {word}\n")
}

/// `text`, in any case within the limit, at a line's end where there is one.
fn hard(text: String, limit: usize) -> String {
    if text.len() <= limit {
        return text;
    }
    let said = if CUT.len() <= limit { CUT } else { "" };
    let kept = &text[..text.floor_char_boundary(limit - said.len())];
    let kept = kept.rfind('\n').map_or(kept, |end| &kept[..end]);
    format!("{kept}{said}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A document with a table of so many rows, a smaller one, and text.
    fn markdown(rows: usize) -> String {
        let row = |at: usize| format!("| {at} | 很慢 🐢 {} |\n", "x".repeat(300));
        let table = |rows: usize| -> String {
            "| case | why |\n| --- | ---: |\n".to_owned() + &(0..rows).map(row).collect::<String>()
        };
        format!(
            "### One\n\n{}\n### Two\n\n{}\nEnd.\n",
            table(3),
            table(rows)
        )
    }

    #[test]
    fn a_summary_of_thousands_of_failures_is_cut_at_the_end_of_the_largest_table() {
        let whole = markdown(5_000);
        assert!(whole.len() > 1 << 20);
        let text = cut(&whole, LIMIT);
        assert!(text.len() <= LIMIT && text.len() > LIMIT - 1_000);
        let (before, after) = text.split_once("\nand ").unwrap();
        let (left, after) = after.split_once(" more rows\n").unwrap();
        let kept = before.matches(" | 很慢").count() - 3;
        assert_eq!(kept + left.parse::<usize>().unwrap(), 5_000);
        assert_eq!(after, "\nEnd.\n");
        assert!(whole.starts_with(before));
        let short = markdown(10);
        assert_eq!(cut(&short, LIMIT), short);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_summary_is_never_above_the_limit(rows in 0usize..20, noise in "[|\\-\n 算🦀a]{0,200}", limit in 0usize..4_000) {
            let text = format!("{noise}\n{}{noise}", markdown(rows));
            prop_assert!(cut(&text, limit).len() <= limit);
            prop_assert_eq!(cut(&text, text.len()), text);
        }
    }

    #[test]
    fn a_text_without_any_table_is_cut_between_two_letters() {
        let text = cut(&"算".repeat(1 << 20), LIMIT);
        assert!(text.len() <= LIMIT && text.len() > LIMIT - 100);
        assert!(text.contains("left out"));
        assert_eq!(cut("算力", 5), "算");
    }
}
