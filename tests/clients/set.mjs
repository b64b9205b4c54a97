/* node --import ./set.mjs: CLIENT_SET names the set of packages. */
import { register } from "node:module";

const set = new URL(`./${process.env.CLIENT_SET}/package.json`, import.meta.url);
register("./hooks.mjs", import.meta.url, { data: { parentURL: set.href } });
