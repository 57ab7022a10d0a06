// The body of a function; `text` is how large the text is set, in percent. Answers what is wrong, a line each.
document.documentElement.style.fontSize = `${text}%`;
const found = [];
const called = (element) => {
    const id = element.id ? `#${element.id}` : '';
    return `<${element.localName}${id} class="${element.className.baseVal ?? element.className}"> ${element.textContent.trim().slice(0, 30)}`;
};
const page = document.documentElement;
if (page.scrollWidth > page.clientWidth) found.push(`the page is ${page.scrollWidth} px wide in a window of ${page.clientWidth} px`);

const isSeen = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
const hasOwnText = (element) => [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
const isControl = (element) => element.matches('button, input, select, textarea, a.primary, a.secondary, a.quiet, a.button, nav a, main > a');
for (const element of document.body.querySelectorAll('*')) {
    if (!isSeen(element) || element.closest('.skip, svg') || element.matches('input[type="hidden"]')) continue;
    const box = element.getBoundingClientRect();
    // What is cut off at the start of a line is a separator, and meant to be.
    const outer = element.closest('.card, main, header, footer, .ways').getBoundingClientRect();
    if (box.left < outer.left - 0.5 || box.right > outer.right + 0.5) found.push(`sticks out of its card: ${called(element)}`);
    if (hasOwnText(element) && Number.parseFloat(getComputedStyle(element).fontSize) < 16 * text / 100)
        found.push(`small text, ${getComputedStyle(element).fontSize}: ${called(element)}`);
    if (!isControl(element)) continue;
    const parent = element.parentElement.getBoundingClientRect();
    if (box.left < parent.left - 0.5 || box.right > parent.right + 0.5) found.push(`sticks out of what it stands in: ${called(element)}`);
    if (element.scrollWidth > element.clientWidth && !element.matches('input')) found.push(`has more text than room: ${called(element)}`);
    if (box.height < 43.5) found.push(`is ${box.height} px high: ${called(element)}`);
}

// No line begins or ends with a separator.
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (texts.nextNode()) {
    const { currentNode } = texts;
    for (let at = currentNode.data.indexOf('·'); at >= 0; at = currentNode.data.indexOf('·', at + 1))
        found.push(`a separator that a line can end with: ${called(currentNode.parentElement)}`);
}
return [...new Set(found)];
