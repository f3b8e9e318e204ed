/* SM2 signatures with SM3 (GM/T 0003.2), identifier 1234567812345678. */
import { weierstrassN } from '@noble/curves/abstract/weierstrass.js';
import { concat, fromNumber, toNumber, utf8 } from './bytes.js';
import { Digests } from './digest.js';

/* GM/T 0003.5 */
export const curve = {
    p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
    n: 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n,
    h: 1n,
    a: 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn,
    b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
    Gx: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
    Gy: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
};
const Point = weierstrassN(curve);
const identifier = utf8('1234567812345678');
const mod = (number) => number % curve.n;

/* What goes before the message: who signs, on which curve. */
function userDigest(digests, x, y) {
    const bits = 8 * identifier.length;
    const { a, b, Gx, Gy } = curve;
    return digests.bytes(Uint8Array.of(bits >> 8, bits & 255), identifier,
        ...[a, b, Gx, Gy, x, y].map((number) => fromNumber(number, 32)));
}

/* point: 04 || x || y; signature: { r, s }. */
export async function sm2Verify(point, message, { r, s }) {
    const isInRange = (number) => number > 0n && number < curve.n;
    if (point.length !== 65 || point[0] !== 4 || !isInRange(r) || !isInRange(s)) return false;
    const x = toNumber(point.subarray(1, 33));
    const y = toNumber(point.subarray(33));
    const t = mod(r + s);
    if (t === 0n || x >= curve.p || y >= curve.p) return false;
    const digests = await Digests.of('sm');
    const e = toNumber(digests.bytes(concat(userDigest(digests, x, y), message)));
    try {
        const key = Point.fromAffine({ x, y });
        key.assertValidity();
        const sum = Point.BASE.multiplyUnsafe(s).add(key.multiplyUnsafe(t));
        return !sum.is0() && mod(e + sum.toAffine().x) === r;
    } catch {
        return false; // no point of the curve
    }
}
