// Kernels in a table, and what bounds them as a roofline for each memory whose bandwidth is
// known:
//
//   multiply-adds   |        ---------   the most for each cycle of these kernels
//   a second        |      / '            ' what computing alone would allow a kernel
//                   |    /   o            o what it reaches
//                   |  /  bandwidth of the memory
//                   +-------------------- multiply-adds for each byte of the memory

// What goes through the memory, the bytes of memories behind a cache included: its part of
// the time says it.
const bytesThrough = (kernel, memory) => (kernel.seconds_by_bound[memory.name] || 0) * memory.bandwidth.nominal;

function makePoints(report, memory) {
  return report.kernels.filter(kernel => countMacs(kernel) > 0 && kernel.seconds > 0).map(kernel => {
    const macs = countMacs(kernel), bytes = bytesThrough(kernel, memory);
    return {kernel, macs, x: bytes > 0 ? macs / bytes : Infinity, y: macs / kernel.seconds,
            computing: kernel.seconds_by_bound.computing > 0 ? macs / kernel.seconds_by_bound.computing : 0,
            share: kernel.seconds / report.estimated_seconds.nominal};
  }).sort((a, b) => a.x - b.x || a.y - b.y);
}

function describePoint(point, memory) {
  const {kernel} = point;
  const intensity = point.x < Infinity ? `${round(point.x, 3)} for each byte of ${memory.name}` : `no byte of ${memory.name}`;
  return `${kernel.name}: ${formatCount(point.macs)} multiply-adds, ${intensity}; ${formatRate(point.y, "/s")} ` +
    `in ${formatTime(kernel.seconds)}, bound by ${kernel.bound_by}; computing alone would allow ` +
    `${formatRate(point.computing, "/s")}`;
}

// What lies where: the ends of the axes go a little beyond all that is drawn.
function layOut(points, memory, width, height) {
  const finite = points.map(point => point.x).filter(x => x < Infinity);
  const ceiling = Math.max(...points.map(point => Math.max(point.computing, point.y)));
  const ridge = ceiling / memory.bandwidth.nominal;
  const hasEdge = finite.length < points.length;
  const area = {left: 64, right: width - (hasEdge ? 84 : 12), top: 12, bottom: height - 46};
  const [low, high] = [Math.min(ridge, ...finite) / 3, Math.max(ridge, ...finite) * 3];
  const [least, most] = [Math.min(...points.map(point => point.y)) / 2, ceiling * 2.2];
  const scale = (value, from, to) => Math.log(value / from) / Math.log(to / from);
  return {area, low, high, least, most, ceiling, ridge, hasEdge, edge: area.right + 40,
          x: value => area.left + scale(value, low, high) * (area.right - area.left),
          y: value => area.bottom - scale(value, least, most) * (area.bottom - area.top)};
}

function drawAxes(drawing, plan, memory, width) {
  const {area} = plan;
  for (const tick of chooseLogTicks(plan.least, plan.most))
    drawing.append(drawLine(area.left, plan.y(tick), width - 12, plan.y(tick), "grid"),
                   drawText(area.left - 6, plan.y(tick) + 4, formatRate(tick, "").trim(), {class: "end"}));
  for (const tick of chooseLogTicks(plan.low, plan.high))
    drawing.append(drawLine(plan.x(tick), area.top, plan.x(tick), area.bottom, "grid"),
                   drawText(plan.x(tick), area.bottom + 16, String(round(tick, 3)), {class: "middle"}));
  const center = (area.top + area.bottom) / 2;
  drawing.append(
    drawText((area.left + area.right) / 2, area.bottom + 36, `multiply-adds for each byte of ${memory.name}`, {class: "middle"}),
    drawText(14, center, "multiply-adds a second", {class: "middle", transform: `rotate(-90 14 ${center})`}));
  if (plan.hasEdge)
    drawing.append(drawLine(area.right, area.top, area.right, area.bottom, "axis"),
                   drawText(plan.edge, area.bottom + 16, "no byte", {class: "middle"}));
}

// The memory's bandwidth and its range up to the most that was computed, and that.
function drawRoofs(drawing, plan, report, memory, width) {
  const {area, ceiling} = plan;
  const at = (value, bandwidth) => `${plan.x(value) - area.left},${plan.y(value * bandwidth) - area.top}`;
  const {nominal, low, high} = memory.bandwidth;
  const clip = draw("svg", {x: area.left, y: area.top, width: area.right - area.left, height: area.bottom - area.top});
  clip.append(
    draw("polygon", {class: "band", points: [at(plan.low, low), at(ceiling / low, low), at(ceiling / high, high),
                                             at(plan.low, high)].join(" ")}),
    draw("polyline", {class: "roof", points: `${at(plan.low, nominal)} ${at(ceiling / nominal, nominal)}`}));
  clip.querySelector(".band").style.fill = clip.querySelector(".roof").style.stroke = colorOf(memory.name);
  const top = plan.y(ceiling), left = plan.x(plan.ridge);
  const perCycle = report.target_figures.clock ? `, ${round(ceiling / report.target_figures.clock.nominal, 3)} a cycle` : "";
  const begin = Math.max(plan.low, plan.least / nominal);
  drawing.append(clip, drawLine(left, top, width - 12, top, "ceiling"),
    drawText(width - 16, top - 7, `most of these kernels: ${formatRate(ceiling, "/s")}${perCycle}`, {class: "end halo"}),
    drawText(plan.x(begin) + 14, plan.y(begin * nominal) - 12,
             `${memory.name}: ${formatRate(nominal, "B/s")}`, {class: "halo"}));
}

// Names of the kernels that take longest, where there is room.
function drawNames(drawing, points, plan, width) {
  const taken = points.map(point => [point.at.x - 6, point.at.y - 6, point.at.x + 6, point.at.y + 6]);
  for (const point of [...points].sort((a, b) => b.share - a.share)) {
    const text = point.kernel.name, size = text.length * letterWidth, away = point.radius + 4;
    const places = [["start", point.at.x + away, point.at.x + away], ["end", point.at.x - away, point.at.x - away - size]];
    for (const [anchor, x, left] of places) {
      const box = [left, point.at.y - 8, left + size, point.at.y + 6];
      const isFree = taken.every(other => box[2] < other[0] || other[2] < box[0] || box[3] < other[1] || other[3] < box[1]);
      if (!isFree || box[0] < plan.area.left || box[2] > width - 12)
        continue;
      taken.push(box);
      drawing.append(drawText(x, point.at.y + 4, text, {class: anchor + " halo"}));
      break;
    }
  }
}

function drawDots(drawing, points, plan, marks, memory, width) {
  for (const point of points) {
    point.at = {x: point.x < Infinity ? plan.x(point.x) : plan.edge, y: plan.y(point.y)};
    point.radius = 4 + 10 * Math.sqrt(point.share);
    if (point.computing > 0)
      drawing.append(drawLine(point.at.x, point.at.y, point.at.x, plan.y(point.computing), "own"),
                     drawLine(point.at.x - 6, plan.y(point.computing), point.at.x + 6, plan.y(point.computing), "own"));
  }
  drawNames(drawing, points, plan, width);
  for (const point of points) {
    const dot = draw("circle", {cx: point.at.x, cy: point.at.y, r: point.radius, class: "dot"});
    dot.style.fill = colorOf(point.kernel.bound_by);
    drawing.append(marks.add(dot, describePoint(point, memory)));
  }
}

function drawRoof(report, memory) {
  const height = 420, points = makePoints(report, memory);
  if (!points.length)
    return [];
  const others = report.kernels.filter(kernel => countMacs(kernel) === 0).map(kernel => kernel.name);
  const bounds = [...new Set(points.map(point => point.kernel.bound_by))];
  const chart = makeChart(`Roofline of ${memory.name}`, height, (drawing, width, marks) => {
    const plan = layOut(points, memory, width, height);
    drawAxes(drawing, plan, memory, width);
    drawRoofs(drawing, plan, report, memory, width);
    drawDots(drawing, points, plan, marks, memory, width);
  });
  return [
    drawLegend(bounds.map(name => [name, 0])), chart,
    ...(others.length ? [make("p", {class: "soft"}, `Not on the chart, as they multiply nothing: ${others.join(", ")}`)] : [])];
}

function drawKernels(report) {
  if (!report.kernels.length)
    return [];
  const timed = report.estimated_seconds !== undefined;
  const memories = timed ? report.target_figures.memories.filter(memory => memory.bandwidth) : [];
  const columns = [
    {name: "kernel", text: true, long: true, get: row => row.name},
    countColumn("runs", row => row.runs), countColumn("multiply-adds", countMacs),
    countColumn("instructions", row => row.instructions), countColumn("cycles", row => row.cycles),
    ...bytesColumns(memoryNames(report), "from "),
    ...(timed ? [{name: "time", get: row => formatTime(row.seconds), order: row => row.seconds || 0},
                 {name: "bound by", text: true, get: row => row.bound_by || "-"}] : []),
    ...energyColumn(report.modelled_picojoules?.nominal)];
  return [
    make("h3", {}, "Kernels"),
    ...(memories.length ? [make("p", {class: "soft"},
      "Each dot is a kernel, the larger the longer it takes; its colour says what bounds it. A memory's bandwidth bounds what lies left of where the roofs " +
      "meet. No profile says how fast a core can compute at best: the flat roof is the most that one of these kernels " +
      "would reach if nothing had to be fetched, and the tick above a dot is that of the kernel itself." +
      (report.target_figures.execution === "in_order" ? " This core waits for what it reads, so dots stay below." : ""))] : []),
    ...memories.flatMap(memory => drawRoof(report, memory)),
    makeTable("What each kernel executes, reads and takes, with all layers that it computes", columns, report.kernels, true)];
}
