// Buffers as rectangles: across, the steps of the program; upwards, bytes of the arena.

const describeSlot = slot =>
  `${formatBytes(slot.bytes)} at ${slot.offset}, ` +
  (slot.first === slot.last ? `in step ${slot.first}` : `in steps ${slot.first} to ${slot.last}`);

// How many calls each call is inside of; they come in the order in which they begin.
function nestCalls(calls) {
  const open = [];
  return calls.map(call => {
    while (open.length && open[open.length - 1].last < call.first)
      open.pop();
    return open.push(call) - 1;
  });
}

function paintArena(drawing, width, height, marks, arena) {
  const depths = nestCalls(arena.calls), rows = Math.max(0, ...depths.map(depth => depth + 1));
  const area = {left: 64, right: width - 12, top: 24 + 16 * rows, bottom: height - 40};
  const whole = Math.max(arena.bytes, 1), steps = Math.max(arena.steps, 1);
  const x = step => area.left + step / steps * (area.right - area.left);
  const y = bytes => area.bottom - bytes / whole * (area.bottom - area.top);
  for (const tick of chooseTicks(0, whole, 5))
    drawing.append(drawLine(area.left, y(tick), area.right, y(tick), "grid"),
                   drawText(area.left - 6, y(tick) + 4, formatBytes(tick), {class: "end"}));
  for (const tick of chooseTicks(0, steps, Math.max(2, width / 80)).filter(Number.isInteger))
    drawing.append(drawText(x(tick), area.bottom + 16, String(tick), {class: "middle"}));
  drawing.append(drawText((area.left + area.right) / 2, area.bottom + 34, "step of the program", {class: "middle"}));
  arena.calls.forEach((call, i) => drawCall(drawing, call, 20 + 16 * depths[i], x, y));
  for (const buffer of arena.buffers)
    drawing.append(...drawBuffer(buffer, x, y, marks));
  drawing.append(drawLine(area.left, y(arena.live_bytes), area.right, y(arena.live_bytes), "live"));
}

// Its name is above the drawing, its part of the arena in it.
function drawCall(drawing, call, top, x, y) {
  const left = x(call.first), right = x(call.last + 1);
  const text = `call of ${call.name}: ${describeSlot(call)}`;
  drawing.append(
    draw("rect", {x: left, width: right - left, y: y(call.offset + call.bytes), height: y(call.offset) - y(call.offset + call.bytes),
                  class: "call"}, draw("title", {}, text)),
    draw("path", {d: `M${left + 1} ${top + 8}V${top + 2}H${right - 1}V${top + 8}`, class: "bracket"}, draw("title", {}, text)),
    drawText((left + right) / 2, top - 3, cutText(call.name, right - left), {class: "middle"}));
}

function drawBuffer(buffer, x, y, marks) {
  const left = x(buffer.first), top = y(buffer.offset + buffer.bytes);
  const wide = Math.max(1, x(buffer.last + 1) - left), high = Math.max(1, y(buffer.offset) - top);
  const box = draw("rect", {x: left, y: top, width: wide, height: high, class: "buffer"});
  box.style.fill = box.style.stroke = colorOf(buffer.name.split(".").slice(0, 2).join("."));
  marks.add(box, `${buffer.name}: ${describeSlot(buffer)}`);
  const text = high < 13 ? "" : cutText(buffer.name.slice(buffer.name.indexOf(".") + 1), wide - 8);
  return text ? [box, drawText(left + 4, top + Math.min(high / 2 + 4, 14), text, {class: "inside"})] : [box];
}

function drawArena(arena) {
  const columns = [
    {name: "buffer, by what makes it", text: true, long: true, get: row => row.name},
    {name: "offset", get: row => formatCount(row.offset), order: row => row.offset},
    countColumn("bytes", row => row.bytes),
    {name: "first step", get: row => String(row.first), order: row => row.first},
    {name: "last step", get: row => String(row.last), order: row => row.last}];
  const most = `${formatBytes(arena.live_bytes)} live at once at most (the dashed line)`;
  const height = 360;
  return [
    make("h4", {}, arena.entry),
    make("p", {}, `${arena.buffers.length} buffers in ${formatBytes(arena.bytes)}; ${most}.`),
    ...(arena.buffers.length ? [
      makeChart(`Arena of ${arena.entry} over time`, height, (drawing, width, marks) =>
        paintArena(drawing, width, height, marks, arena)),
      makeTable(`Buffers of ${arena.entry}, in the order in which they are made`, columns, arena.buffers, true)] : [])];
}

function drawArenas(report) {
  if (!report.arena.length)
    return [];
  return [
    make("h3", {}, "Arena"),
    make("p", {class: "soft"}, "Buffers for results on their way share one arena: what lives at the same time lies apart. A step " +
      "is an op that writes something. What runs in a loop is drawn once, as its buffers are the same each time."),
    ...report.arena.flatMap(drawArena)];
}
