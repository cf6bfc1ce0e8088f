//! An interpreter of the shaders of the matrix engine: they run, slowly, where there is no such engine.
//!
//! The threads of a workgroup go through the shader together; a fragment is a whole matrix that the lanes of a
//! subgroup share. It fails where lanes of a subgroup disagree about an operation of the engine, where an
//! index is out of bounds, and where subgroups touch the same place of workgroup memory without a
//! barrier between them and one of them writes: what a GPU would only sometimes get wrong.

use std::rc::Rc;

use half::f16;
use naga::{
    BinaryOperator as Op, Block, BuiltIn, Expression, Handle, Literal, MathFunction, Module,
    Statement, TypeInner, UnaryOperator,
};
use suanli::device::DeviceInfo;
use suanli::figure::Format;
use suanli::kernel::{Action, Case, MatrixShape};
use suanli::matrix::Words;

/// The device as if it had the shapes of every device, and subgroups of every size the tiles assume.
#[allow(dead_code, reason = "not every test that interprets plans")]
pub fn offering(info: &DeviceInfo) -> DeviceInfo {
    let mut info = info.clone();
    let sums = [Format::F16, Format::F32].into_iter();
    let shapes = sums.flat_map(|accumulate| {
        [8, 16].map(|size| MatrixShape {
            size,
            operands: Format::F16,
            accumulate,
        })
    });
    info.matrices = shapes.collect();
    info.subgroup_size = [32, 64];
    info
}

#[derive(Debug, Clone, PartialEq)]
enum Value {
    U(u32),
    F(f32),
    B(bool),
    V(Vec<Value>),
    /// A fragment, row by row.
    M(Rc<Vec<f32>>),
    /// Variable, first element, elements, elements of the array's own.
    Global(usize, usize, usize),
    Local(Handle<naga::LocalVariable>, Option<usize>),
}

impl Value {
    fn u(&self) -> u32 {
        match self {
            Self::U(number) => *number,
            other => panic!("{other:?} is no u32"),
        }
    }
    fn b(&self) -> bool {
        match self {
            Self::B(truth) => *truth,
            other => panic!("{other:?} is no bool"),
        }
    }
    fn m(&self) -> &[f32] {
        match self {
            Self::M(matrix) => matrix,
            other => panic!("{other:?} is no fragment"),
        }
    }
}

/// Who touched a place of workgroup memory last, in which stretch between barriers.
#[derive(Clone, Copy, Default)]
struct Touch {
    wrote: Option<(usize, usize)>,
    read: Option<(usize, usize)>,
    /// Several subgroups read in the stretch of `read`.
    many: bool,
}

struct Memory {
    numbers: Vec<Value>,
    touches: Vec<Touch>,
    half: bool,
}

struct Machine<'a> {
    module: &'a Module,
    body: &'a naga::Function,
    memory: Vec<Memory>,
    threads: usize,
    lanes: usize,
    stretch: usize,
    /// Whether races count: where subgroups are not what the tile assumes, there are some.
    strict: bool,
    arguments: Vec<Vec<Value>>,
    locals: Vec<Vec<Value>>,
    values: Vec<Option<Vec<Value>>>,
}

#[derive(PartialEq)]
enum Flow {
    On,
    Break,
}

/// The output of one dispatch of the case in `bands` bands on subgroups of `lanes`.
pub fn run(case: &Case, inputs: &[Words], bands: u32, lanes: u32) -> Words {
    let module = naga::front::wgsl::parse_str(&case.wgsl().unwrap()).unwrap();
    let Action::Compute(program) = case.action() else {
        panic!("{} computes nothing", case.kernel.name)
    };
    let entry = &module.entry_points[0];
    let mut machine = Machine {
        module: &module,
        body: &entry.function,
        memory: Vec::new(),
        threads: entry.workgroup_size[0] as usize,
        lanes: lanes as usize,
        stretch: 1,
        strict: lanes == case.params.tiled("lanes"),
        arguments: Vec::new(),
        locals: Vec::new(),
        values: Vec::new(),
    };
    machine.fill(&program.buffers, inputs);
    for band in program.bands(bands) {
        let block = band.block(&program.constants);
        machine.memory[0].numbers = block.into_iter().map(Value::U).collect();
        for y in 0..band.rows {
            for x in 0..band.columns {
                machine.workgroup([x, y, 0], [band.columns, band.rows, 1]);
            }
        }
    }
    let output = &machine.memory[program.buffers.len()];
    encode(output)
}

fn encode(memory: &Memory) -> Words {
    let bits = |number: &Value| match number {
        Value::U(word) => *word,
        Value::F(number) if memory.half => u32::from(f16::from_f32(*number).to_bits()),
        Value::F(number) => number.to_bits(),
        other => panic!("{other:?} in memory"),
    };
    if memory.half {
        let pairs = memory.numbers.chunks(2);
        return pairs
            .map(|pair| bits(&pair[0]) | bits(&pair[1]) << 16)
            .collect();
    }
    memory.numbers.iter().map(bits).collect()
}

impl Machine<'_> {
    /// Memory in the order of the variables: the constants, the buffers, workgroup memory.
    fn fill(&mut self, buffers: &[u64], inputs: &[Words]) {
        for (index, (_, variable)) in self.module.global_variables.iter().enumerate() {
            let inner = &self.module.types[variable.ty].inner;
            let scalar = match inner {
                TypeInner::Array { base, .. } => self.module.types[*base].inner.scalar(),
                _ => None,
            };
            let half = scalar.is_some_and(|scalar| scalar.width == 2);
            let float = scalar.is_some_and(|scalar| scalar.kind == naga::ScalarKind::Float);
            let poison = if float {
                Value::F(f32::NAN)
            } else {
                Value::U(0xdead_beef)
            };
            let numbers = match buffers.get(index.wrapping_sub(1)) {
                _ if index == 0 => Vec::new(),
                Some(bytes) => match inputs.get(index - 1) {
                    Some(words) if half => words
                        .iter()
                        .flat_map(|word| [*word as u16, (word >> 16) as u16])
                        .map(|bits| Value::F(f16::from_bits(bits).to_f32()))
                        .collect(),
                    Some(words) if float => words
                        .iter()
                        .map(|word| Value::F(f32::from_bits(*word)))
                        .collect(),
                    Some(words) => words.iter().map(|word| Value::U(*word)).collect(),
                    None => vec![poison; *bytes as usize / if half { 2 } else { 4 }],
                },
                None => {
                    let bytes = inner.size(self.module.to_ctx()) as usize;
                    vec![poison; bytes / if half { 2 } else { 4 }]
                }
            };
            let shared = index > buffers.len();
            self.memory.push(Memory {
                touches: vec![Touch::default(); if shared { numbers.len() } else { 0 }],
                numbers,
                half,
            });
        }
    }

    fn workgroup(&mut self, group: [u32; 3], groups: [u32; 3]) {
        let triple = |of: [u32; 3]| Value::V(of.map(Value::U).to_vec());
        let argument = |argument: &naga::FunctionArgument| {
            let Some(naga::Binding::BuiltIn(builtin)) = argument.binding else {
                panic!("an argument without a built-in")
            };
            let of = |thread: usize| match builtin {
                BuiltIn::WorkGroupId => triple(group),
                BuiltIn::NumWorkGroups => triple(groups),
                BuiltIn::LocalInvocationIndex => Value::U(thread as u32),
                BuiltIn::SubgroupId => Value::U((thread / self.lanes) as u32),
                BuiltIn::SubgroupInvocationId => Value::U((thread % self.lanes) as u32),
                BuiltIn::SubgroupSize => Value::U(self.lanes as u32),
                BuiltIn::NumSubgroups => Value::U(self.threads.div_ceil(self.lanes) as u32),
                other => panic!("built-in {other:?}"),
            };
            (0..self.threads).map(of).collect()
        };
        self.arguments = self.body.arguments.iter().map(argument).collect();
        self.locals = vec![vec![Value::B(false); self.threads]; self.body.local_variables.len()];
        self.values = vec![None; self.body.expressions.len()];
        for (handle, local) in self.body.local_variables.iter() {
            if let Some(init) = local.init {
                self.locals[handle.index()] = self.value(init);
            }
        }
        self.stretch += 1;
        let everyone = vec![true; self.threads];
        self.block(&self.body.body, &everyone);
    }

    fn value(&mut self, handle: Handle<Expression>) -> Vec<Value> {
        match &self.values[handle.index()] {
            Some(known) => known.clone(),
            None => {
                let everyone = vec![true; self.threads];
                self.compute(handle, &everyone)
            }
        }
    }

    fn each(&self, of: impl Fn(usize) -> Value) -> Vec<Value> {
        (0..self.threads).map(of).collect()
    }

    fn compute(&mut self, handle: Handle<Expression>, active: &[bool]) -> Vec<Value> {
        let expressions = &self.body.expressions;
        match &expressions[handle] {
            Expression::Literal(_)
            | Expression::ZeroValue(_)
            | Expression::FunctionArgument(_)
            | Expression::LocalVariable(_)
            | Expression::GlobalVariable(_) => self.given(handle),
            Expression::CooperativeLoad { .. } | Expression::CooperativeMultiplyAdd { .. } => {
                self.cooperative(handle)
            }
            Expression::Access { base, index } => {
                let (base, index) = (self.value(*base), self.value(*index));
                self.each(|thread| at(&base[thread], index[thread].u() as usize))
            }
            Expression::AccessIndex { base, index } => {
                let (base, index) = (self.value(*base), *index as usize);
                self.each(|thread| at(&base[thread], index))
            }
            Expression::Load { pointer } => {
                let pointer = self.value(*pointer);
                let threads = 0..self.threads;
                let load = |thread: usize| match active[thread] {
                    true => self.load(&pointer[thread], thread),
                    false => Value::B(false),
                };
                threads.map(load).collect()
            }
            Expression::Binary { op, left, right } => {
                let (op, left, right) = (*op, self.value(*left), self.value(*right));
                self.each(|thread| binary(op, &left[thread], &right[thread]))
            }
            Expression::Unary {
                op: UnaryOperator::LogicalNot,
                expr,
            } => {
                let value = self.value(*expr);
                self.each(|thread| Value::B(!value[thread].b()))
            }
            Expression::Math {
                fun: MathFunction::Min,
                arg,
                arg1: Some(other),
                ..
            } => {
                let (one, other) = (self.value(*arg), self.value(*other));
                self.each(|thread| Value::U(one[thread].u().min(other[thread].u())))
            }
            Expression::As { expr, convert, .. } => {
                let (value, convert) = (self.value(*expr), *convert);
                self.each(|thread| match (&value[thread], convert) {
                    (Value::F(number), None) => Value::U(number.to_bits()),
                    (value, _) => value.clone(),
                })
            }
            other => panic!("{other:?}"),
        }
    }

    /// What is there before anything is computed.
    fn given(&self, handle: Handle<Expression>) -> Vec<Value> {
        match &self.body.expressions[handle] {
            Expression::Literal(literal) => {
                let value = match literal {
                    Literal::U32(number) => Value::U(*number),
                    Literal::F32(number) => Value::F(*number),
                    Literal::F16(number) => Value::F(number.to_f32()),
                    Literal::Bool(truth) => Value::B(*truth),
                    other => panic!("{other:?}"),
                };
                vec![value; self.threads]
            }
            Expression::ZeroValue(ty) => {
                let value = match &self.module.types[*ty].inner {
                    TypeInner::CooperativeMatrix { rows, columns, .. } => {
                        Value::M(Rc::new(vec![0.0; (*rows as usize) * (*columns as usize)]))
                    }
                    TypeInner::Vector { size, .. } => Value::V(vec![Value::F(0.0); *size as usize]),
                    other => panic!("{other:?}"),
                };
                vec![value; self.threads]
            }
            Expression::FunctionArgument(index) => self.arguments[*index as usize].clone(),
            Expression::LocalVariable(local) => vec![Value::Local(*local, None); self.threads],
            Expression::GlobalVariable(variable) => {
                let index = variable.index();
                let width =
                    match &self.module.types[self.module.global_variables[*variable].ty].inner {
                        TypeInner::Array { base, .. } => match self.module.types[*base].inner {
                            TypeInner::Vector { size, .. } => size as usize,
                            _ => 1,
                        },
                        _ => 1,
                    };
                vec![Value::Global(index, 0, width); self.threads]
            }
            other => panic!("{other:?}"),
        }
    }

    fn cooperative(&mut self, handle: Handle<Expression>) -> Vec<Value> {
        let expressions = &self.body.expressions;
        match &expressions[handle] {
            Expression::CooperativeLoad { columns, data, .. } => {
                let size = *columns as usize;
                let (pointer, stride) = (self.value(data.pointer), self.value(data.stride));
                assert!(data.row_major);
                self.subgroups(|machine, thread| {
                    machine.agree(&pointer, thread);
                    machine.agree(&stride, thread);
                    let places = places(&pointer[thread], stride[thread].u(), size);
                    let numbers =
                        places.map(|(variable, place)| machine.read(variable, place, thread));
                    let numbers = numbers.map(|number| match number {
                        Value::F(number) => number,
                        other => panic!("{other:?} in a fragment"),
                    });
                    Value::M(Rc::new(numbers.collect()))
                })
            }
            Expression::CooperativeMultiplyAdd { a, b, c } => {
                let half = self.sums_in_half(*c);
                let [a, b, c] = [*a, *b, *c].map(|handle| self.value(handle));
                self.subgroups(|_, thread| {
                    Value::M(Rc::new(multiply_add(
                        a[thread].m(),
                        b[thread].m(),
                        c[thread].m(),
                        half,
                    )))
                })
            }
            other => panic!("{other:?}"),
        }
    }

    fn sums_in_half(&self, c: Handle<Expression>) -> bool {
        let Expression::Load { pointer } = self.body.expressions[c] else {
            panic!("a sum that is no variable")
        };
        let Expression::LocalVariable(local) = self.body.expressions[pointer] else {
            panic!("a sum that is no variable")
        };
        let inner = &self.module.types[self.body.local_variables[local].ty].inner;
        inner.scalar().unwrap().width == 2
    }

    /// One value a subgroup, shared by its lanes.
    fn subgroups(&mut self, mut of: impl FnMut(&mut Self, usize) -> Value) -> Vec<Value> {
        let mut values = Vec::with_capacity(self.threads);
        for thread in (0..self.threads).step_by(self.lanes) {
            let value = of(self, thread);
            let lanes = self.lanes.min(self.threads - thread);
            values.extend(std::iter::repeat_n(value, lanes));
        }
        values
    }

    fn agree(&self, values: &[Value], thread: usize) {
        let lanes = thread..(thread + self.lanes).min(self.threads);
        for lane in lanes {
            assert_eq!(values[lane], values[thread], "lanes of a subgroup disagree");
        }
    }

    fn load(&mut self, pointer: &Value, thread: usize) -> Value {
        match pointer {
            Value::Local(local, None) => self.locals[local.index()][thread].clone(),
            Value::Local(local, Some(part)) => at(&self.locals[local.index()][thread], *part),
            Value::Global(variable, first, 1) => self.read(*variable, *first, thread),
            Value::Global(variable, first, width) => {
                let places = *first..first + width;
                Value::V(
                    places
                        .map(|place| self.read(*variable, place, thread))
                        .collect(),
                )
            }
            other => panic!("{other:?} is no pointer"),
        }
    }

    fn read(&mut self, variable: usize, place: usize, thread: usize) -> Value {
        let (own, now) = (thread / self.lanes, self.stretch);
        if let Some(touch) = self.memory[variable].touches.get_mut(place) {
            let race = touch
                .wrote
                .is_some_and(|(who, when)| when == now && who != own);
            assert!(
                !(race && self.strict),
                "a read without a barrier after another subgroup's write"
            );
            touch.many = match touch.read {
                Some((who, when)) if when == now => touch.many || who != own,
                _ => false,
            };
            touch.read = Some((own, now));
        }
        self.memory[variable].numbers[place].clone()
    }

    fn write(&mut self, variable: usize, place: usize, thread: usize, value: Value) {
        let (own, now) = (thread / self.lanes, self.stretch);
        if let Some(touch) = self.memory[variable].touches.get_mut(place) {
            let other = |touched: Option<(usize, usize)>| {
                touched.is_some_and(|(who, when)| when == now && who != own)
            };
            let read = touch.read.is_some_and(|(_, when)| when == now) && touch.many;
            let race = other(touch.wrote) || other(touch.read) || read;
            assert!(
                !(race && self.strict),
                "a write without a barrier after another subgroup's access"
            );
            touch.wrote = Some((own, now));
        }
        self.memory[variable].numbers[place] = value;
    }

    fn block(&mut self, block: &Block, active: &[bool]) -> Flow {
        for statement in block.iter() {
            match statement {
                Statement::Emit(range) => {
                    for handle in range.clone() {
                        let value = self.compute(handle, active);
                        self.values[handle.index()] = Some(value);
                    }
                }
                Statement::Block(inner) => {
                    if self.block(inner, active) == Flow::Break {
                        return Flow::Break;
                    }
                }
                Statement::If {
                    condition,
                    accept,
                    reject,
                } => {
                    let truth: Vec<bool> = self.value(*condition).iter().map(Value::b).collect();
                    let yes: Vec<bool> = truth.iter().zip(active).map(|(t, a)| *t && *a).collect();
                    let no: Vec<bool> = truth.iter().zip(active).map(|(t, a)| !*t && *a).collect();
                    for (part, mask) in [(accept, yes), (reject, no)] {
                        if mask.contains(&true) && self.block(part, &mask) == Flow::Break {
                            assert_eq!(mask, active, "threads part ways in a loop");
                            return Flow::Break;
                        }
                    }
                }
                Statement::Loop {
                    body, continuing, ..
                } => {
                    let mut trips = 0;
                    while self.block(body, active) == Flow::On {
                        self.block(continuing, active);
                        trips += 1;
                        assert!(trips < 10_000, "a loop without an end");
                    }
                }
                Statement::Break => return Flow::Break,
                Statement::Return { .. } => {}
                Statement::ControlBarrier(_) => {
                    assert!(
                        active.iter().all(|active| *active),
                        "a barrier not all reach"
                    );
                    self.stretch += 1;
                }
                Statement::Store { pointer, value } => self.store(*pointer, *value, active),
                Statement::CooperativeStore { target, data } => self.store_fragment(*target, data),
                other => panic!("{other:?}"),
            }
        }
        Flow::On
    }

    fn store(&mut self, pointer: Handle<Expression>, value: Handle<Expression>, active: &[bool]) {
        let (pointer, value) = (self.value(pointer), self.value(value));
        for thread in (0..self.threads).filter(|thread| active[*thread]) {
            match (&pointer[thread], value[thread].clone()) {
                (Value::Local(local, None), value) => self.locals[local.index()][thread] = value,
                (Value::Global(variable, first, _), Value::V(parts)) => {
                    for (part, value) in parts.into_iter().enumerate() {
                        self.write(*variable, first + part, thread, value);
                    }
                }
                (Value::Global(variable, first, _), value) => {
                    self.write(*variable, *first, thread, value);
                }
                other => panic!("{other:?}"),
            }
        }
    }

    fn store_fragment(&mut self, target: Handle<Expression>, data: &naga::CooperativeData) {
        assert!(data.row_major);
        let target = self.value(target);
        let (pointer, stride) = (self.value(data.pointer), self.value(data.stride));
        for thread in (0..self.threads).step_by(self.lanes) {
            self.agree(&pointer, thread);
            self.agree(&stride, thread);
            let numbers = target[thread].m();
            let size = numbers.len().isqrt();
            let places = places(&pointer[thread], stride[thread].u(), size);
            for ((variable, place), number) in places.zip(numbers) {
                self.write(variable, place, thread, Value::F(*number));
            }
        }
    }
}

/// A part of a value, or a pointer to it.
fn at(base: &Value, index: usize) -> Value {
    match base {
        Value::V(parts) => parts[index].clone(),
        Value::Local(local, None) => Value::Local(*local, Some(index)),
        Value::Global(variable, first, width) => {
            Value::Global(*variable, first + index * width, *width)
        }
        other => panic!("no part of {other:?}"),
    }
}

/// The variable and the element of each place of a fragment, row by row.
fn places(
    pointer: &Value,
    stride: u32,
    size: usize,
) -> impl Iterator<Item = (usize, usize)> + use<> {
    let Value::Global(variable, first, width) = *pointer else {
        panic!("{pointer:?} is no place for a fragment")
    };
    let line = stride as usize * width;
    (0..size * size).map(move |at| (variable, first + at / size * line + at % size))
}

fn binary(op: Op, left: &Value, right: &Value) -> Value {
    if let (Value::B(left), Value::B(right)) = (left, right) {
        return match op {
            Op::LogicalOr => Value::B(*left || *right),
            Op::LogicalAnd => Value::B(*left && *right),
            other => panic!("{other:?}"),
        };
    }
    let (left, right) = (left.u(), right.u());
    Value::U(match op {
        Op::Add => left.wrapping_add(right),
        Op::Subtract => left.wrapping_sub(right),
        Op::Multiply => left.wrapping_mul(right),
        Op::Divide => left / right,
        Op::Modulo => left % right,
        Op::ExclusiveOr => left ^ right,
        Op::ShiftRight => left >> right,
        Op::ShiftLeft => left << right,
        Op::Less => return Value::B(left < right),
        Op::LessEqual => return Value::B(left <= right),
        Op::Equal => return Value::B(left == right),
        Op::NotEqual => return Value::B(left != right),
        other => panic!("{other:?}"),
    })
}

fn multiply_add(a: &[f32], b: &[f32], c: &[f32], half: bool) -> Vec<f32> {
    let size = a.len().isqrt();
    let mut sums = c.to_vec();
    for (row, line) in sums.chunks_mut(size).enumerate() {
        for (k, right) in b.chunks(size).enumerate() {
            let left = a[row * size + k];
            for (sum, right) in line.iter_mut().zip(right) {
                *sum += left * right;
            }
        }
    }
    if half {
        let rounded = |sum: f32| f16::from_f32(sum).to_f32();
        sums = sums.into_iter().map(rounded).collect();
    }
    sums
}
