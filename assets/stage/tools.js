/* Small tools that every part of the stage uses. */

const SHAPES = { // drawn in a 16 x 16 box
  play: 'M4 2.5v11l9-5.5z',
  pause: 'M4 3h3v10H4zM9 3h3v10H9z',
  back: 'M11 3v10L4.5 8zM3 3h1.5v10H3z',
  forward: 'M5 3v10l6.5-5zM11.5 3H13v10h-1.5z',
  restart: 'M8 3a5 5 0 1 1-4.6 3h1.7A3.5 3.5 0 1 0 8 4.5V7L4 3.75 8 .5z',
};

function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

/** Write a text, a data attribute, only where it is another: what is written is laid out anew. True where it was. */
function setText(node, text) {
  if (node.textContent === text) return false;
  node.textContent = text;
  return true;
}

function setData(node, name, value) {
  if (node.dataset[name] !== value) node.dataset[name] = value;
}

/** An element of an SVG picture. */
function vector(tag, attributes) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

function icon(name) {
  const svg = vector('svg', { viewBox: '0 0 16 16', 'aria-hidden': 'true' });
  svg.append(vector('path', { d: SHAPES[name] }));
  return svg;
}

const thousands = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

function milliseconds(ms) {
  return ms < 10000 ? `${thousands.format(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function short(value) {
  return value >= 100 ? thousands.format(value) : value.toFixed(1);
}

function slower(factor) {
  return factor < 1.05 ? 'real time' : `${factor < 9.95 ? factor.toFixed(1).replace(/\.0$/, '') : Math.round(factor)}× slower than real time`;
}

/** Grey specks on nothing, the same ones every time: what a mask looks like before the picture develops. */
function grain(strength) {
  const canvas = make('canvas');
  canvas.width = 192;
  canvas.height = 96;
  const context = canvas.getContext('2d');
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

/** A picture as a short address. A style reads a custom property anew for each element that it holds for: a picture written
    out in it would cost most of every frame. */
function addressOf(canvas) {
  const bytes = Uint8Array.from(atob(canvas.toDataURL().split(',')[1]), (letter) => letter.charCodeAt(0));
  return URL.createObjectURL(new Blob([bytes], { type: 'image/png' }));
}
