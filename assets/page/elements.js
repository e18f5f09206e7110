/* Elements of the page by their selectors. */

/** The element of a selector. Who is not sure that it is there asks querySelector.
 * @template {Element} [T=HTMLElement] its kind, which the selector says and no checker reads
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {T}
 */
export const elementOf = (root, selector) => /** @type {T} */ (root.querySelector(selector));

/** All elements of a selector.
 * @template {Element} [T=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {T[]}
 */
export const elementsOf = (root, selector) => /** @type {T[]} */ ([...root.querySelectorAll(selector)]);

/** The element of a selector that the target of an event is or lies in; null where there is none.
 * @param {EventTarget | null} target
 * @param {string} selector
 * @returns {HTMLElement | null}
 */
export const around = (target, selector) => (target instanceof Element ? /** @type {HTMLElement | null} */ (target.closest(selector)) : null);
