import { verifyPackage } from './core/index.js';

const report = document.getElementById('report');

document.getElementById('file').addEventListener('change', async (event) => {
    const found = await verifyPackage(event.target.files[0], {
        trust: document.getElementById('trust').value || null,
        onProgress: (done, total) => { report.textContent = `${done} / ${total}`; },
    });
    report.textContent = JSON.stringify(found,
        (_, value) => (typeof value === 'bigint' ? value.toString() : value), 1);
});
