// The package's version, put in by the build.
declare const __VERSION__: string | undefined;

/** As in package.json; sources that run unbuilt say `0.0.0`. */
export const version = typeof __VERSION__ === "string" ? __VERSION__ : "0.0.0";
