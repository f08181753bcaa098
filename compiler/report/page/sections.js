// The sections of a report: sums, layers, memories and tensors.

// What it takes in all, and for each token where a call gives several.
function drawSummary(report) {
  const at = report.position === undefined ? "" : ` at position ${report.position}`;
  const energy = report.modelled_picojoules, time = report.estimated_seconds;
  const rate = energy && report.times_per_second
    ? `, ${formatEnergy(energy.nominal * report.times_per_second)} each second` : "";
  const code = report.instructions
    ? `; ${formatCount(report.instructions)} instructions` +
      (report.cycles ? `, about ${formatCount(report.cycles)} cycles while nothing waits` : "") : "";
  const each = [time && formatTime(time.nominal / report.tokens), energy && formatEnergy(energy.nominal / report.tokens)];
  return [
    make("p", {class: "energy"}, energy ? `Modelled energy: ${formatRange(energy, formatEnergy)}${rate}`
                                        : "The profile has no figures of energy"),
    ...(time ? [make("p", {class: "energy"}, `Estimated time: ${formatRange(time, formatTime)} on one core`)] : []),
    ...(report.tokens ? [make("p", {}, `${report.tokens.toFixed(2)} tokens for each ${report.per}, each in ` +
                                       each.filter(Boolean).join(" and "))] : []),
    make("p", {}, `Per ${report.per}${at}, by the profile ${report.target}, weights ${report.weights}`),
    make("p", {class: "soft"}, `${(report.parameters / 1e6).toFixed(2)} M parameters, ` +
      `${formatBytes(report.weight_bytes)} of weights, ${formatBytes(report.state_bytes)} of states`),
    make("p", {class: "soft"}, `${formatCount(sum(report.layers.map(countMacs)))} multiply-adds${code}`)];
}

function drawCauses(report) {
  const parts = nominalParts(report.picojoules_by_cause);
  const whole = sum(parts.map(part => part[1]));
  const columns = [
    {name: "what", text: true, get: row => row.name},
    {name: "amount", get: row => formatCount(row.amount), order: row => row.amount},
    {name: "unit", text: true, get: row => row.unit},
    {name: "pJ each (range)", get: ({picojoules_each: each}) =>
      each ? `${round(each.nominal)} (${round(each.low)} to ${round(each.high)})` : "?",
      order: row => row.picojoules_each?.nominal || 0},
    {name: "energy", get: row => row.picojoules_each ? formatEnergy(row.amount * row.picojoules_each.nominal) : "?",
      order: row => row.amount * (row.picojoules_each?.nominal || 0)}];
  const bar = whole ? [drawBar(parts, whole, "Energy by cause: " + describe(parts, formatEnergy), true),
                       drawLegend(parts, formatEnergy, whole)] : [];
  return [make("h3", {}, "Energy by cause"), ...bar,
          makeTable("What has a price", columns, report.amounts.filter(row => row.amount > 0), true)];
}

const savers = {
  sharing: "weights that several layers share", formats: "weights in fewer bits than in their files",
  folding: "small matrices that serve all parts of a token", placement: "the memories that weights lie in",
  exit: "drafting by an exit"};

function drawSaved(report) {
  if (!report.saved.length)
    return [];
  const hasEnergy = report.modelled_picojoules !== undefined;
  const most = Math.max(...report.saved.map(row => Math.max(row.weight_bytes, 0)), 0) || 1;
  const mostEnergy = Math.max(...report.saved.map(row => row.picojoules?.nominal || 0), 0) || 1;
  const bar = (name, size, whole, format) => drawBar(size > 0 ? [[name, size, "var(--c0)"]] : [], whole, size > 0 ? format(size) : "none");
  const columns = [
    {name: "by", text: true, get: row => `${row.by}: ${savers[row.by] || row.by}`},
    {name: "weights, to scale", wide: true, get: row => bar(row.by, row.weight_bytes, most, formatBytes)},
    {name: "weights", get: row => row.weight_bytes ? formatBytes(row.weight_bytes) : "-"},
    {name: "parameters", get: row => row.parameters ? formatCount(row.parameters) : "-"},
    {name: "multiply-adds", get: row => row.multiply_adds ? formatCount(row.multiply_adds) : "-"},
    ...(hasEnergy ? [
      {name: "energy, to scale", wide: true, get: row => bar(row.by, row.picojoules.nominal, mostEnergy, formatEnergy)},
      {name: "energy", get: row => formatRange(row.picojoules, formatEnergy)},
      {name: "of what is left", get: row => formatShare(row.picojoules.nominal, report.modelled_picojoules.nominal)}] : [])];
  return [make("h3", {}, "What is saved"),
          makeTable("What the model would take more without each", columns, report.saved)];
}

function drawLayers(report) {
  const layers = report.layers;
  const most = Math.max(...layers.map(layer => layer.picojoules.nominal), 0) || 1;
  const used = Object.keys(report.picojoules_by_cause).filter(cause =>
    layers.some(layer => layer.picojoules_by_cause[cause]?.nominal > 0));
  const columns = [
    {name: "layer", text: true, get: row => row.name},
    {name: "by cause", wide: true, get: row => {
      const parts = nominalParts(row.picojoules_by_cause);
      return drawBar(parts, most, describe(parts, formatEnergy) || "none");
    }},
    ...energyColumn(report.modelled_picojoules?.nominal),
    countColumn("weights, bytes", row => row.bytes.weight),
    countColumn("states, bytes", row => row.bytes.state),
    countColumn("others, bytes", row => row.bytes.value)];
  return [make("h3", {}, "Energy by layer"), drawLegend(used.map(name => [name, 0])),
          makeTable("Layers, in the order of execution, without instructions", columns, layers, true)];
}

function drawServed(report) {
  const memories = memoryNames(report);
  const rows = ["weight", "state", "value"].map(kind => ({kind, bytes: memories.map(memory =>
    sum(report.tensors.filter(tensor => tensor.kind === kind).map(tensor => tensor.served_by[memory])))}));
  const most = Math.max(...rows.map(row => sum(row.bytes)), 0) || 1;
  const columns = [
    {name: "tensors", text: true, get: row => ({weight: "weights", state: "states", value: "others"})[row.kind]},
    {name: "by memory", wide: true, get: row => {
      const parts = memories.map((memory, i) => [memory, row.bytes[i]]).filter(([, size]) => size > 0);
      return drawBar(parts, most, describe(parts, formatBytes) || "none");
    }},
    ...memories.map((memory, i) => countColumn(memory + ", bytes", row => row.bytes[i]))];
  return [make("h3", {}, "Which memory serves what"), drawLegend(memories.map(name => [name, 0])),
          makeTable("Bytes read and written, by the nearest memory that has them", columns, rows)];
}

function drawTensors(report) {
  const columns = [
    {name: "tensor", text: true, long: true, get: row => row.name},
    {name: "kind", text: true, get: row => row.kind},
    {name: "format", text: true, get: row => row.format || "-"},
    {name: "lies in", text: true, get: row => row.memory || "-"},
    ...energyColumn(report.modelled_picojoules?.nominal),
    countColumn("bytes", row => row.bytes), countColumn("read", row => row.read),
    countColumn("written", row => row.written),
    ...bytesColumns(memoryNames(report), "from ")];
  return [make("h3", {}, "Tensors"),
          makeTable("Tensors that are read or written; the heads sort", columns, report.tensors, true)];
}

// Neighbours take turns in colour; gaps between places stay empty.
function drawStrip(kind, memory, places) {
  const end = Math.max(...places.map(place => place.offset + place.bytes));
  const label = `${kind} in ${memory}: ${places.length} in ${formatBytes(end)}`;
  const strip = make("div", {class: "bar high", role: "img", "aria-label": label});
  let at = 0;
  places.forEach((place, i) => {
    const part = make("span", {title: `${place.name}, ${formatBytes(place.bytes)} at ${place.offset}`});
    part.style.marginLeft = (100 * Math.max(0, place.offset - at) / end) + "%";
    part.style.width = (100 * place.bytes / end) + "%";
    part.style.background = `var(--c${i % 2 ? 4 : 0})`;
    part.style.boxShadow = places.length > 200 ? "none" : "";
    strip.append(part);
    at = Math.max(at, place.offset + place.bytes);
  });
  return [make("p", {}, label), strip];
}

function drawMemoryMap(report) {
  const groups = new Map();
  for (const place of report.memory_map) {
    const key = JSON.stringify([{weight: "weights", state: "states"}[place.kind], place.memory]);
    groups.set(key, [...(groups.get(key) || []), place]);
  }
  const strips = [...groups].flatMap(([key, places]) => drawStrip(...JSON.parse(key), places));
  const columns = [
    {name: "tensor", text: true, long: true, get: row => row.name}, {name: "kind", text: true, get: row => row.kind},
    {name: "memory", text: true, get: row => row.memory},
    {name: "offset", get: row => formatCount(row.offset), order: row => row.offset},
    countColumn("bytes", row => row.bytes)];
  return [make("h3", {}, "Memory map"), ...strips,
          makeTable("Weights and states in the order of their places", columns, report.memory_map, true)];
}
