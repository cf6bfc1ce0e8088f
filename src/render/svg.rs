//! A section's chart as inline SVG. Every mark is a cell of the grid beside it, and says so in its title.
//!
//! Labels stand by `text-anchor`: nobody knows how wide a letter of a font is that is chosen by the reader's system.

use std::fmt::Write;

use super::document::{Cell, Chart, Grid};
use super::text::clean;

mod axis;

use axis::Axis;

/// Of the drawing, in its own units.
const WIDTH: f64 = 760.0;

/// Room for the labels of the vertical axis, and at the right.
const LEFT: f64 = 64.0;
const RIGHT: f64 = 40.0;

/// Room for a line of text.
const LINE: f64 = 18.0;

/// Bars: their thickness and the longest.
const BAR: f64 = 13.0;
const LONGEST: f64 = WIDTH - 130.0;

/// Panels of lines: the first and the others.
const PANEL: f64 = 190.0;
const SMALL_PANEL: f64 = 90.0;

/// Kinds of marks, which differ in form as well as in colour.
const MARKS: usize = 6;

/// The drawing, or nothing where there is none.
pub(super) fn chart(title: &str, grid: &Grid, chart: &Chart) -> String {
    let (height, body) = match chart {
        Chart::Bars { values } => bars(grid, values),
        Chart::Lines {
            over,
            values,
            powers,
        } => lines(grid, *over, values, *powers),
        Chart::Roofline {
            over,
            value,
            ceilings,
        } => roofline(grid, [*over, *value], *ceilings),
    };
    format!(
        "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" aria-label=\"{}\">{body}</svg>",
        escape(title)
    )
}

/// Text that stays text inside markup.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for letter in clean(text).chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            _ => escaped.push(letter),
        }
    }
    escaped
}

fn text(x: f64, y: f64, anchor: &str, words: &str) -> String {
    format!(
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>",
        escape(words)
    )
}

fn line([x1, y1]: [f64; 2], [x2, y2]: [f64; 2], class: &str) -> String {
    format!("<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>")
}

/// Where a mark's number stands in the table: row and column from 0, and the text there.
fn origin(row: usize, column: usize, name: &str, cell: &Cell) -> (String, String) {
    let place = format!("data-row=\"{row}\" data-column=\"{column}\"");
    let title = format!("<title>{}: {}</title>", escape(name), escape(&cell.text));
    (place, title)
}

/// The number of a cell, where it can be drawn.
fn number(cells: &[Cell], column: usize) -> Option<f64> {
    cells
        .get(column)?
        .number
        .filter(|number| number.is_finite())
}

/// Names of what is drawn, each with its mark, in lines of two; and their height.
fn legend(names: &[&str], bars: bool) -> (f64, String) {
    if names.len() < 2 {
        return (0.0, String::new());
    }
    let mut body = String::new();
    for (at, name) in names.iter().enumerate() {
        let (x, y) = ((at % 2) as f64 * WIDTH / 2.0, LINE * (at / 2 + 1) as f64);
        match bars {
            true => {
                let (kind, top) = (at % MARKS, y - BAR + 2.0);
                let _ = write!(
                    body,
                    "<rect class=\"s{kind}\" x=\"{x}\" y=\"{top:.1}\" width=\"22\" height=\"{BAR}\"/>"
                );
            }
            false => body += &mark(at, x + 11.0, y - 4.0, "", ""),
        }
        body += &text(x + 28.0, y, "start", name);
    }
    (LINE * names.len().div_ceil(2) as f64 + 6.0, body)
}

/// A mark of the series number `at`: its form tells it apart without colours.
fn mark(at: usize, x: f64, y: f64, place: &str, title: &str) -> String {
    let class = format!("mark s{}", at % MARKS);
    let shape = match at % MARKS {
        0 => "M-4 0A4 4 0 1 0 4 0A4 4 0 1 0 -4 0",
        1 => "M-4 -4H4V4H-4Z",
        2 => "M0 -5L5 4H-5Z",
        3 => "M0 -5L5 0L0 5L-5 0Z",
        4 => "M0 5L5 -4H-5Z",
        _ => "M-4 -1H-1V-4H1V-1H4V1H1V4H-1V1H-4Z",
    };
    format!(
        "<path class=\"{class}\" {place} transform=\"translate({x:.1} {y:.1})\" d=\"{shape}\">{title}</path>"
    )
}

fn bars(grid: &Grid, values: &[usize]) -> (f64, String) {
    let names: Vec<&str> = values
        .iter()
        .filter_map(|at| grid.header.get(*at))
        .map(|name| &**name)
        .collect();
    let (mut y, mut body) = legend(&names, true);
    let all = grid
        .rows
        .iter()
        .flat_map(|(_, cells)| values.iter().filter_map(|at| number(cells, *at)));
    let most = all.fold(0.0, f64::max);
    for (row, (_, cells)) in grid.rows.iter().enumerate() {
        let name = cells.first().map_or("", |cell| &cell.text);
        y += LINE;
        body += &text(0.0, y, "start", name);
        y += 5.0;
        for (at, column) in values.iter().enumerate() {
            let Some(value) = number(cells, *column) else {
                continue;
            };
            let long = if most > 0.0 {
                (value / most).max(0.0) * LONGEST
            } else {
                0.0
            };
            let (place, title) = origin(row, *column, name, &cells[*column]);
            let kind = at % MARKS;
            let _ = write!(
                body,
                "<rect class=\"bar s{kind}\" {place} x=\"0\" y=\"{y:.1}\" width=\"{long:.1}\" height=\"{BAR}\">{title}</rect>"
            );
            body += &text(long + 8.0, y + BAR - 2.0, "start", &cells[*column].text);
            y += BAR + 4.0;
        }
        y += 6.0;
    }
    (y, body)
}

/// The texts of the first column, each once: what the lines are of.
fn series(grid: &Grid) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for (_, cells) in &grid.rows {
        let name = cells.first().map_or("", |cell| &*cell.text);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn lines(grid: &Grid, over: usize, values: &[usize], powers: bool) -> (f64, String) {
    let names = series(grid);
    let (mut y, mut body) = legend(&names, false);
    let places = grid
        .rows
        .iter()
        .filter_map(|(_, cells)| Some((number(cells, over)?, &*cells[over].text)));
    let across = match powers {
        true => Axis::of_powers(places, LEFT, WIDTH - RIGHT),
        false => Axis::of_numbers(places.map(|(at, _)| at), false, LEFT, WIDTH - RIGHT),
    };
    for (panel, column) in values.iter().enumerate() {
        let high = if panel == 0 { PANEL } else { SMALL_PANEL };
        let (top, bottom) = (y + LINE + 4.0, y + LINE + 4.0 + high);
        let header = grid.header.get(*column).map_or("", |name| &**name);
        body += &text(0.0, y + LINE - 4.0, "start", header);
        let all = grid
            .rows
            .iter()
            .filter_map(|(_, cells)| number(cells, *column));
        let up = Axis::of_numbers(all, powers, bottom, top);
        for (at, label) in &up.ticks {
            let y = up.place(*at);
            body += &line([LEFT, y], [WIDTH - RIGHT, y], "grid");
            body += &text(LEFT - 8.0, y + 4.0, "end", label);
        }
        for (at, name) in names.iter().enumerate() {
            body += &curve(grid, (at, name), [over, *column], [&across, &up]);
        }
        y = bottom + if panel + 1 < values.len() { 12.0 } else { 0.0 };
    }
    for (at, label) in &across.ticks {
        let x = across.place(*at);
        body += &line([x, y], [x, y + 5.0], "axis");
        body += &text(x, y + LINE, "middle", label);
    }
    body += &text(
        WIDTH - RIGHT,
        y + 2.0 * LINE,
        "end",
        grid.header.get(over).map_or("", |name| name),
    );
    (y + 2.0 * LINE + 8.0, body)
}

/// One line with its marks.
fn curve(
    grid: &Grid,
    (at, name): (usize, &str),
    [over, column]: [usize; 2],
    [across, up]: [&Axis; 2],
) -> String {
    let (mut path, mut marks) = (String::new(), String::new());
    for (row, (_, cells)) in grid.rows.iter().enumerate() {
        let own = cells.first().is_some_and(|cell| cell.text == name);
        let (Some(x), Some(value)) = (number(cells, over), number(cells, column)) else {
            continue;
        };
        if !own {
            continue;
        }
        let (x, y) = (across.place(x), up.place(value));
        let _ = write!(
            path,
            "{}{x:.1} {y:.1}",
            if path.is_empty() { "M" } else { "L" }
        );
        let (place, title) = origin(
            row,
            column,
            &format!("{name} {}", cells[over].text),
            &cells[column],
        );
        marks += &mark(at, x, y, &place, &title);
    }
    format!("<path class=\"line s{}\" d=\"{path}\"/>{marks}", at % MARKS)
}

fn roofline(grid: &Grid, [over, value]: [usize; 2], ceilings: usize) -> (f64, String) {
    let points: Vec<_> = grid
        .rows
        .iter()
        .enumerate()
        .filter_map(|(row, (_, cells))| {
            Some((row, cells, number(cells, over)?, number(cells, value)?))
        })
        .filter(|(_, _, x, y)| *x > 0.0 && *y > 0.0)
        .collect();
    let (top, bottom) = (LINE + 4.0, LINE + 4.0 + 2.0 * PANEL);
    let across = Axis::of_decades(points.iter().map(|(_, _, x, _)| *x), LEFT, WIDTH - RIGHT);
    let up = Axis::of_decades(points.iter().map(|(_, _, _, y)| *y), bottom, top);
    let mut body = text(0.0, LINE - 4.0, "start", &grid.header[value]);
    for (at, label) in &up.ticks {
        let y = up.place(*at);
        body += &line([LEFT, y], [WIDTH - RIGHT, y], "grid");
        body += &text(LEFT - 8.0, y + 4.0, "end", label);
    }
    for (at, label) in &across.ticks {
        let x = across.place(*at);
        body += &line([x, top], [x, bottom], "grid");
        body += &text(x, bottom + LINE, "middle", label);
    }
    body += &text(
        WIDTH - RIGHT,
        bottom + 2.0 * LINE,
        "end",
        &grid.header[over],
    );
    for (row, cells, x, y) in points {
        let (place, title) = origin(row, value, &cells[2].text, &cells[value]);
        let (left, right) = (across.place(x), up.place(y));
        if row < ceilings {
            // Down the slope to where the drawing ends, and along the roof.
            let foot = across.least.max(x * up.least / y);
            body += &line(
                [across.place(foot), up.place(y * foot / x)],
                [left, right],
                "roof",
            );
            body += &line([left, right], [WIDTH - RIGHT, right], "roof");
            body += &mark(1, left, right, &place, &title);
            // Roofs may lie on each other: their numbers side by side.
            let beside = WIDTH - RIGHT - 22.0 * (row % 12) as f64;
            body += &text(beside, right - 5.0, "end", &cells[1].text);
        } else {
            body += &mark(0, left, right, &place, &title);
            // Points of one size stand above each other: their numbers to either side.
            let (away, anchor) = if row % 2 == 0 {
                (9.0, "start")
            } else {
                (-9.0, "end")
            };
            body += &text(left + away, right + 4.0, anchor, &cells[1].text);
        }
    }
    (bottom + 2.0 * LINE + 8.0, body)
}
