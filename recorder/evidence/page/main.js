import { verifyPackage } from './core/index.js';

const report = document.getElementById('report');

document.getElementById('file').addEventListener('change', async (event) => {
    const { verdict, findings } = await verifyPackage(event.target.files[0], {
        onProgress: (done, total) => { report.textContent = `${done} / ${total}`; },
    });
    const lines = findings.map((finding) => JSON.stringify(finding,
        (_, value) => (typeof value === 'bigint' ? value.toString() : value)));
    report.textContent = [verdict, ...lines].join('\n');
});
