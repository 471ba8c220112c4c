/** Country codes that are top-level domains (IANA's root zone), with `eu`, `su`, `ac` and `uk`, which are no countries of ISO 3166. */
const countries = new Set(
  (
    'ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bv bw by bz ca cc cd cf cg ' +
    'ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gb gd ge gf gg gh gi ' +
    'gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky ' +
    'kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl ' +
    'no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ' +
    'ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za ' +
    'zm zw'
  ).split(' '),
);

/** Suffixes of files, of the units of systemd and of names in code, which are no domains. */
const others = new Set(
  (
    'png jpg jpeg gif svg webp ico avif bmp pdf tgz tar zip7 json scss css htm html jsx mjs cjs tsx mts cts yml yaml toml lock ' +
    'txt log xml csv cfg conf ini bak tmp exe dll rpm deb jar war whl gem crate java kts swift php rb go rs cpp hpp ' +
    'service socket timer mount target slice scope path device swap automount local localdomain internal lan invalid ' +
    'prototype length name1 value props state uucp decnet bitnet arpa'
  ).split(' '),
);

/**
 * True for what can be a top-level domain. Longer ones are too many and too new to be listed: all are taken that are no
 * suffix of another kind.
 */
export function isTopLevelDomain(label: string): boolean {
  const lower = label.toLowerCase();
  return lower.length === 2 ? countries.has(lower) : !others.has(lower);
}
