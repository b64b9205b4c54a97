/*
 * The proof of work of visitors: numbers whose SHA-256 begins with enough zero
 * bits (src/auth/challenge.h has the rules).  Our own SHA-256, as the one of
 * browsers is a promise for each of the 100,000 hashes, and is not there on
 * plain http; what precedes the number is hashed once.
 */
const BLOCK = 64;
const SLICE_MS = 12; /* of work between two chances for the page to draw */
const PER_LOOK = 1024; /* hashes between two looks at the clock */

const primes = (n) => {
	const found = [];
	for (let i = 2; found.length < n; i++)
		if (found.every((p) => i % p !== 0))
			found.push(i);
	return found;
};

/* The first 32 bits of the fraction (FIPS 180-4, 4.2.2 and 5.3.3). */
const fraction = (x) => ((x - Math.floor(x)) * 2 ** 32) | 0;
const K = Int32Array.from(primes(64), (p) => fraction(Math.cbrt(p)));
const START = Int32Array.from(primes(8), (p) => fraction(Math.sqrt(p)));

const w = new Int32Array(64);
const rotate = (x, n) => (x >>> n) | (x << (32 - n));

/* Take the block at bytes[from] into the state (FIPS 180-4, 6.2.2). */
function compress(state, bytes, from) {
	for (let i = 0, at = from; i < 16; i++, at += 4)
		w[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) |
			(bytes[at + 2] << 8) | bytes[at + 3];
	for (let i = 16; i < 64; i++) {
		const x = w[i - 15];
		const y = w[i - 2];
		w[i] = w[i - 16] + w[i - 7] +
			(rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3)) +
			(rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10));
	}
	let [a, b, c, d, e, f, g, h] = state;
	for (let i = 0; i < 64; i++) {
		const s = (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
			((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
		const m = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) +
			((a & b) ^ (a & c) ^ (b & c))) | 0;
		h = g;
		g = f;
		f = e;
		e = (d + s) | 0;
		d = c;
		c = b;
		b = a;
		a = (s + m) | 0;
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
	state[4] += e;
	state[5] += f;
	state[6] += g;
	state[7] += h;
}

/* Hashes prefix + number, again and again; returns the first 32 bits. */
function hasher(prefix) {
	const bytes = new TextEncoder().encode(prefix);
	const rest = bytes.length % BLOCK;
	const head = START.slice();
	for (let at = 0; at + BLOCK <= bytes.length; at += BLOCK)
		compress(head, bytes, at);
	const tail = new Uint8Array(2 * BLOCK);
	const state = new Int32Array(8);
	tail.set(bytes.subarray(bytes.length - rest));
	return (number) => {
		const digits = String(number);
		let end = rest;
		for (let i = 0; i < digits.length; i++)
			tail[end++] = digits.charCodeAt(i);
		const size = end + 9 > BLOCK ? 2 * BLOCK : BLOCK;
		const bits = (bytes.length + digits.length) * 8;
		tail.fill(0, end, size);
		tail[end] = 0x80;
		for (let i = 1, left = bits; i <= 4; i++, left >>>= 8)
			tail[size - i] = left & 0xff;
		state.set(head);
		for (let at = 0; at < size; at += BLOCK)
			compress(state, tail, at);
		return state[0] >>> 0;
	};
}

const breathe = () => new Promise((go) => setTimeout(go));

/* The numbers, with commas, for {challenge, bits, puzzles}. */
export async function solve({ challenge, bits, puzzles }) {
	const numbers = [];
	let until = performance.now() + SLICE_MS;
	for (let i = 0; i < puzzles; i++) {
		const hash = hasher(`${challenge}:${i}:`);
		let number = 0;
		while (hash(number) >>> (32 - bits) !== 0) {
			number++;
			if (number % PER_LOOK !== 0 || performance.now() < until)
				continue;
			await breathe();
			until = performance.now() + SLICE_MS;
		}
		numbers.push(number);
	}
	return numbers.join(",");
}
