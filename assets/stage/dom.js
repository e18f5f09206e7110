/* Elements, and what is drawn with them: small tools that every part of the stage uses. */

const SHAPES = { // drawn in a 16 x 16 box
  play: 'M4 2.5v11l9-5.5z',
  pause: 'M4 3h3v10H4zM9 3h3v10H9z',
  back: 'M11 3v10L4.5 8zM3 3h1.5v10H3z',
  forward: 'M5 3v10l6.5-5zM11.5 3H13v10h-1.5z',
  restart: 'M8 3a5 5 0 1 1-4.6 3h1.7A3.5 3.5 0 1 0 8 4.5V7L4 3.75 8 .5z',
};

/** A new element.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {string} [className]
 * @param {(Node | string)[]} children elements, and texts set as text
 */
export function make(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children.filter((child) => child !== ''));
  return node;
}

/** A button of words.
 * @param {string} className
 * @param {string} text
 * @param {(event: MouseEvent) => void} [action] without one it submits its form
 */
export function makeButton(className, text, action) {
  const button = make('button', className, text);
  button.type = action ? 'button' : 'submit';
  if (action) listen(button, { click: action });
  return button;
}

/** Answer several events of one target.
 * @param {EventTarget} target
 * @param {Record<string, (event: any) => unknown>} handlers by name of the event
 */
export function listen(target, handlers) {
  for (const [name, handler] of Object.entries(handlers)) target.addEventListener(name, handler);
}

/** Write an attribute for screen readers only where it is another. name: without its aria-.
 * @param {Element} node
 * @param {string} name
 * @param {string | boolean} value
 */
export function setAria(node, name, value) {
  const attribute = `aria-${name}`;
  if (node.getAttribute(attribute) !== String(value)) node.setAttribute(attribute, String(value));
}

/** Where an element is on the screen, px.
 * @param {Element} node
 */
export const boxOf = (node) => node.getBoundingClientRect();

/** What a screen reader calls an element.
 * @param {Element} node
 * @param {string} name
 */
export function nameFor(node, name) {
  setAria(node, 'label', name);
}

/** A checkbox in its label.
 * @param {string} className of the label
 * @param {string} text
 * @param {boolean} checked
 * @param {(checked: boolean) => void} onChange
 */
export function makeCheck(className, text, checked, onChange) {
  const input = make('input');
  input.type = 'checkbox';
  input.checked = checked;
  listen(input, { change: () => onChange(input.checked) });
  return { input, label: make('label', className, input, make('span', '', text)) };
}

/** A range without steps.
 * @param {string} className
 * @param {string} name what a screen reader calls it
 * @param {number} min
 */
export function makeRange(className, name, min) {
  const range = make('input', className);
  Object.assign(range, { type: 'range', min, step: 'any' });
  nameFor(range, name);
  return range;
}

/** Put other parts into an element in place of those that it has.
 * @param {Element} node
 * @param {(Node | string)[]} parts
 */
export function refill(node, ...parts) {
  node.replaceChildren(...parts);
}

/** Write a text only if it differs, because each write causes a new layout. Returns whether it differed.
 * @param {Element} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent === text) return false;
  node.textContent = text;
  return true;
}

/** The same for a data attribute.
 * @param {HTMLElement} node
 * @param {string} name
 * @param {string} value
 */
export function setData(node, name, value) {
  if (node.dataset[name] !== value) node.dataset[name] = value;
}

/** An element of an SVG picture.
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string | number>} attributes
 * @param {Node[]} children
 */
export function vector(tag, attributes, ...children) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

/** @param {keyof typeof SHAPES} name */
export function icon(name) {
  return vector('svg', { viewBox: '0 0 16 16', 'aria-hidden': 'true' }, vector('path', { d: SHAPES[name] }));
}

/** The picture that a canvas draws on.
 * @param {HTMLCanvasElement} canvas
 */
export function contextOf(canvas) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
}

/** Grey specks on nothing, the same ones every time: what a mask looks like before the picture develops.
 * @param {number} strength
 */
export function grain(strength) {
  const canvas = make('canvas');
  canvas.width = 192;
  canvas.height = 96;
  const context = contextOf(canvas);
  const image = context.createImageData(canvas.width, canvas.height);
  let seed = 20240229;
  for (let i = 0; i < image.data.length; i += 4) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const level = seed / 4294967296;
    image.data.set([128, 128, 128, level < 0.45 ? 0 : level * level * strength], i);
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/** A short URL for a picture. A browser reads a custom property again for every element that uses it, so a data URL in one
 * would take most of the time of each frame.
 * @param {HTMLCanvasElement} canvas
 */
export function addressOf(canvas) {
  const bytes = Uint8Array.from(atob(canvas.toDataURL().split(',')[1]), (letter) => letter.charCodeAt(0));
  return URL.createObjectURL(new Blob([bytes], { type: 'image/png' }));
}
