/**
 * The split tally, our one ornament: the left half is the passkey, the right half the parties' shares.
 *
 * Its notches come from a request's challenge, so that windows and devices can be matched by eye.
 * A label, never a check.
 */

const SVG = "http://www.w3.org/2000/svg";
const TOP = 3;
const BOTTOM = 61;
const OUTER = 24;
const SEAM = 0.9;
const DEPTHS = [5, 9, 13];

/** Notches of the logo, on five positions. */
export const LOGO = { notches: [1 * 3 + 1, 2 * 3 + 0, 3 * 3 + 2], positions: 5 };

/** @param {number} n */
const short = (n) => String(Math.round(n * 10) / 10);

/**
 * The outline of the left half about a seam at x = 0; the right half is its mirror image.
 * @param {number[]} notches `position * 3 + depth` @param {number} positions
 */
export function halfPath(notches, positions = 16) {
  const pitch = (BOTTOM - TOP) / positions;
  const seam = [...new Set(notches)]
    .filter((notch) => Number.isInteger(notch) && notch >= 0 && notch < positions * 3)
    .sort((a, b) => a - b)
    .map((notch) => {
      const top = TOP + Math.floor(notch / 3) * pitch;
      const depth = DEPTHS[notch % 3] ?? 5;
      return `V${short(top)}l${-depth} ${short(pitch / 2)} ${depth} ${short(pitch / 2)}`;
    })
    .join("");
  return `M${-OUTER + 6} ${TOP}H${short(-SEAM)}${seam}V${BOTTOM}H${-OUTER + 6}a6 6 0 0 1-6-6V${TOP + 6}a6 6 0 0 1 6-6z`;
}

/** The logo as text, for icons and the announcement to pages. @param {string} [colour] */
export function logoText(colour = "#1f5f4a") {
  const d = halfPath(LOGO.notches, LOGO.positions);
  return `<svg xmlns='${SVG}' viewBox='0 0 64 64' fill='${colour}'><path transform='translate(32)' d='${d}'/><path transform='matrix(-1 0 0 1 32 0)' d='${d}'/></svg>`;
}

/** @param {string} name @param {Record<string, string>} attributes */
function svg(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

/** @param {boolean} left @param {number} right @param {number} parties */
export const tallyLabel = (left, right, parties) => {
  const whole = parties > 0 && right >= parties;
  return `${(left ? 1 : 0) + (whole ? 1 : 0)} of 2 halves, ${right} of ${parties} parties`;
};

let clips = 0;

/**
 * @param {object} of
 * @param {number[]} of.notches
 * @param {number} [of.positions]
 * @param {boolean} [of.left] the passkey has been touched
 * @param {number} [of.right] parties that are done
 * @param {number} [of.parties] parties in all
 * @param {number} [of.size] pixels, of the height and the width
 * @param {boolean} [of.decorative]
 * @returns {SVGElement}
 */
export function tally({ notches, positions = 16, left = false, right = 0, parties = 2, size = 64, decorative = false }) {
  const d = halfPath(notches, positions);
  const whole = parties > 0 && right >= parties;
  const clip = `tally-${++clips}`;
  const root = svg("svg", { viewBox: "0 0 64 64", width: String(size), height: String(size), class: "tally" });
  if (decorative) root.setAttribute("aria-hidden", "true");
  else {
    root.setAttribute("role", "img");
    root.setAttribute("aria-label", tallyLabel(left, right, parties));
  }
  const cut = svg("clipPath", { id: clip });
  const height = parties > 0 ? (64 * Math.min(right, parties)) / parties : 0;
  cut.append(svg("rect", { x: "-32", y: String(64 - height), width: "64", height: String(height) }));
  const leftHalf = svg("g", { class: `half left${left ? " here" : ""}${left && whole ? " closed" : ""}` });
  leftHalf.append(svg("path", { d, class: left ? "full" : "pale" }));
  const rightHalf = svg("g", { class: `half right${whole ? " here" : ""}${left && whole ? " closed" : ""}` });
  const filled = svg("g", { "clip-path": `url(#${clip})` });
  filled.append(svg("path", { d, class: "full", transform: "scale(-1 1)" }));
  rightHalf.append(svg("path", { d, class: "pale", transform: "scale(-1 1)" }), filled);
  root.append(cut, leftHalf, rightHalf);
  return root;
}
