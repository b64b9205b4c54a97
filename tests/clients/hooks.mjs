/*
 * The same tests run with several sets of packages: a bare name is looked for
 * in the folder of the set, whoever imports it.
 */
let parentURL;

export function initialize(data) {
	parentURL = data.parentURL;
}

export function resolve(name, context, next) {
	const bare = !/^(\.|\/|node:|file:|data:)/.test(name);
	const inSet = context.parentURL?.includes("/node_modules/");
	return next(name, bare && !inSet ? { ...context, parentURL } : context);
}
