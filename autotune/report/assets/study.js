// A study as the page gets it: columns decoded, values and changes in words as Python says them.

const ARRAYS = {
  f8: Float64Array, f4: Float32Array, i4: Int32Array, i2: Int16Array, i1: Int8Array,
};

function decoded(column, n, missing = NaN) {
  if (column === null) return new Float64Array(n).fill(missing);
  const text = atob(column.data);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return new ARRAYS[column.type](bytes.buffer);
}

// Digits and exponent of a number rounded half to even, as Python rounds and JavaScript doesn't.
function rounded(value, digits) {
  const [shortest, same] = value.toExponential().split("e");
  // Only a number that ends in a five right behind the last digit can lie in the middle.
  if (shortest.endsWith("5") && shortest.replace(/[-.]/g, "").length === digits + 1) {
    const exact = value.toExponential(Math.min(digits + 30, 100)).split("e")[0];
    const kept = shortest.slice(0, -1).replace(/\.$/, "");
    if (/^0*$/.test(exact.slice(shortest.length)) && "02468".includes(kept.at(-1))) {
      return [kept, Number(same)];
    }
  }
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
  return [mantissa, Number(exponent)];
}

const withoutZeros = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
const exponential = (mantissa, x) =>
  `${mantissa}e${x < 0 ? "-" : "+"}${String(Math.abs(x)).padStart(2, "0")}`;

// A number as Python's format(value, ".4g") writes it.
function general(value, digits = 4) {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [mantissa, x] = rounded(value, digits);
  if (x < -4 || x >= digits) return exponential(withoutZeros(mantissa), x);
  return withoutZeros(Number(`${mantissa}e${x}`).toFixed(digits - 1 - x));
}

// A number as Python's repr writes it, so that it can be pasted and is the same again.
function asCode(value) {
  if (Number.isNaN(value)) return "float('nan')";
  if (!Number.isFinite(value)) return value > 0 ? "float('inf')" : "-float('inf')";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const [mantissa, exponent] = value.toExponential().split("e");
  const x = Number(exponent);
  if (x < -4 || x >= 16) return exponential(mantissa, x);
  const decimals = Math.max(mantissa.replace(/^-?\d\.?/, "").length - x, 1);
  return value.toFixed(Math.min(decimals, 100));
}

class Parameter {
  constructor(data, n) {
    Object.assign(this, data);
    this.numeric = data.kind === "float" || data.kind === "integer";
    this.values = decoded(data.values, n, this.numeric ? NaN : -1);
    this.sums = data.kind === "sequence" ? decoded(data.sums, data.texts.length) : null;
  }
  active(i) {
    return this.numeric ? !Number.isNaN(this.values[i]) : this.values[i] >= 0;
  }
  text(i) {
    if (!this.active(i)) return "inactive";
    if (this.kind === "float") {
      this._texts ??= new Array(this.values.length); // most are asked for again as a parent's
      return (this._texts[i] ??= general(this.values[i]));
    }
    if (this.kind === "integer") return BigInt(this.values[i]).toString();
    return this.texts[this.values[i]];
  }
  code(i) {
    if (this.kind === "float") return asCode(this.values[i]);
    if (this.kind === "integer") return BigInt(this.values[i]).toString();
    return (this.codes ?? this.texts)[this.values[i]];
  }
  differs(i, j) {
    const a = this.values[i], b = this.values[j];
    return a !== b && !(Number.isNaN(a) && Number.isNaN(b));
  }
  // Where a trial is on an axis: a number, the index of a choice, or the sum of a list.
  get places() {
    if (this._places === undefined) {
      if (this.numeric) this._places = this.values;
      else {
        this._places = Float64Array.from(this.values, (v) =>
          v < 0 ? NaN : this.sums === null ? v : this.sums[v]);
      }
    }
    return this._places;
  }
  get axis() {
    if (this._axis === undefined) {
      let least = Infinity;
      for (const v of this.places) if (v < least) least = v;
      const named = this.sums !== null && this.logarithmic ? `${this.name} (sum)` : this.name;
      if (!this.numeric && this.sums === null) {
        this._axis = { label: this.name, kind: "choices", texts: this.texts };
      } else {
        this._axis = {
          label: this.sums !== null && !this.logarithmic ? `${this.name} (length)` : named,
          kind: this.logarithmic && least > 0 ? "log" : "linear",
        };
      }
    }
    return this._axis;
  }
}

class Study {
  constructor(data, words) {
    this.data = data;
    this.words = words;
    const n = (this.n = data.n_trials);
    for (const [name, column] of Object.entries(data.trials)) this[name] = decoded(column, n);
    this.moved = decoded(data.moved.values, n, 0);
    this.accepted = Array.from(decoded(data.accepted, 0));
    this.parameters = data.parameters.map((each) => new Parameter(each, n));
    this.searched = this.parameters.filter((each) => each.kind !== "fixed");
    this.atStart = new Set(data.at_start);
    this.sign = data.direction === "maximize" ? 1 : -1;
    this.trial = Float64Array.from({ length: n }, (_, i) => i + 1);
  }
  // The parameters that differ from the parent's, those drawn to move first.
  changes(i) {
    const p = this.parent[i] - 1;
    if (p < 0) return [];
    const first = this.data.moved.lists[this.moved[i]], found = [];
    const look = (k) => {
      const parameter = this.parameters[k];
      if (parameter.differs(i, p)) {
        found.push({ name: parameter.name, before: parameter.text(p), after: parameter.text(i) });
      }
    };
    first.forEach(look);
    for (let k = 0; k < this.parameters.length; k++) if (!first.includes(k)) look(k);
    return found;
  }
  changeText(i) {
    if (this.parent[i] <= 0) {
      const origin = this.words.origins[this.origin[i]];
      if (origin === "start") return this.atStart.has(i + 1) ? "start values" : "start point";
      return origin === "prior" ? "earlier result" : origin;
    }
    if (this.words.origins[this.origin[i]] === "confirm") {
      return `trial ${this.parent[i]} measured again`;
    }
    const texts = this.changes(i).map((each) => `${each.name} from ${each.before} to ${each.after}`);
    return texts.length > 0 ? texts.join("; ") : "nothing";
  }
  verdictOf(i) {
    return this.words.verdicts[this.verdict[i]];
  }
  why(i) {
    const verdict = this.verdictOf(i);
    const failure = this.data.failures[i + 1];
    if (failure !== undefined) return `${verdict}: ${failure[0]}: ${failure[1]}`;
    return verdict === "rejected" ? `rejected: ${this.words.reasons[this.reason[i]]}` : verdict;
  }
  code(i) {
    const lines = this.parameters
      .filter((each) => each.active(i))
      .map((each) => `    ${quoted(each.name)}: ${each.code(i)},` +
        (each.labels_only.includes(each.values[i]) && !each.numeric ? "  # a label only" : ""));
    return ["{", ...lines, "}"].join("\n");
  }
  // The text in which the filter looks for words.
  text(i) {
    this._texts ??= new Array(this.n);
    return (this._texts[i] ??=
      `${this.changeText(i)} ${this.why(i)} ${this.words.origins[this.origin[i]]}`.toLowerCase());
  }
  column(name) {
    const own = {
      trial: this.trial, from: this.parent, score: this.score, sd: this.score_sd, gain: this.gain,
      seconds: this.seconds, saved: this.saved, elapsed: this.elapsed, folds: this.n_folds,
      expected: this.expected_score,
    };
    if (Object.hasOwn(own, name)) return own[name];
    return this.parameters.find((each) => each.name.toLowerCase() === name)?.places;
  }
}

function quoted(text) {
  const safe = text.replace(/\\/g, "\\\\");
  return safe.includes("'") && !safe.includes('"') ? `"${safe}"` : `'${safe.replace(/'/g, "\\'")}'`;
}

// What the filter box says, as a test of a trial: terms such as  adam  score>0.9  alpha=0.1..1
function compiled(study, query) {
  const tests = [];
  for (const term of query.toLowerCase().split(/\s+/).filter(Boolean)) {
    const parts = term.match(/^(.+?)(<=|>=|!=|<|>|=)(.*)$/);
    const values = parts === null ? undefined : study.column(parts[1]);
    const parameter = parts === null
      ? undefined : study.parameters.find((each) => each.name.toLowerCase() === parts[1]);
    if (parts !== null && values !== undefined && parts[3] === "") continue;
    const range = parts === null ? null : parts[3].match(/^(.+?)\.\.(.+)$/);
    if (values !== undefined && range !== null && parts[2] === "=") {
      const low = Number(range[1]), high = Number(range[2]);
      tests.push((i) => values[i] >= low && values[i] <= high);
    } else if (values !== undefined && parts[3] !== "" && !Number.isNaN(Number(parts[3]))) {
      const number = Number(parts[3]);
      tests.push({
        "<": (i) => values[i] < number, ">": (i) => values[i] > number,
        "<=": (i) => values[i] <= number, ">=": (i) => values[i] >= number,
        "=": (i) => values[i] === number, "!=": (i) => values[i] !== number,
      }[parts[2]]);
    } else if (parameter !== undefined && (parts[2] === "=" || parts[2] === "!=")) {
      const equal = (i) => parameter.text(i).toLowerCase().replace(/\s+/g, "") === parts[3];
      tests.push(parts[2] === "=" ? equal : (i) => !equal(i));
    } else {
      tests.push((i) => study.text(i).includes(term));
    }
  }
  return tests.length === 0 ? null : (i) => tests.every((test) => test(i));
}
