/* Verifying a package as FORMAT.md, "Package", has it. */
export async function checkPackage() {
    return { verdict: 'cannot_tell', findings: [], notListed: 0 };
}
