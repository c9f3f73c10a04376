// L Certification. Apache-2.0.
const AGAIN = 2000;
for (const box of document.querySelectorAll('textarea[data-copy]')) {
 const button = document.createElement('button');
 button.type = 'button';
 button.className = 'copy';
 button.textContent = box.dataset.copy;
 button.setAttribute('aria-describedby', box.id);
 const said = document.createElement('span');
 said.className = 'unseen';
 said.setAttribute('role', 'status');
 button.addEventListener('click', async () => {
 try {
 await navigator.clipboard.writeText(box.value);
 } catch {
 box.select();
 if (!document.execCommand('copy')) return;
 }
 button.textContent = said.textContent = box.dataset.copied;
 setTimeout(() => {
 button.textContent = box.dataset.copy;
 said.textContent = '';
 }, AGAIN);
 });
 box.parentElement.append(button, said);
}
