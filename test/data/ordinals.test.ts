import { expect } from 'chai';
import fc from 'fast-check';

import { ToolkitError } from '../../src/core/index.js';
import type { ColumnSchema, InferOptions, SaidKind } from '../../src/data/index.js';
import { describeSchema, encodeRows, inferSchema, kindStart, saidKind } from '../../src/data/index.js';
import { parseCsv } from '../../src/data/node.js';
import { seeded } from '../support/seed.js';

/** A table whose first column has these cells, each so often. */
async function infer(cells: readonly string[], options: Partial<InferOptions> = {}) {
  const lines = cells.map((cell, i) => `"${cell.replaceAll('"', '""')}",${i % 2 ? 'a' : 'b'},${(i * 7919) % 104729}.5`);
  const csv = await parseCsv(`"c","target","other"\n${lines.join('\n')}\n`);
  const inference = inferSchema(csv, { target: 'target', ...options });
  return { ...inference, csv, column: inference.schema.columns[0] };
}

const repeated = (levels: readonly string[], times = 10): string[] =>
  Array.from({ length: times * levels.length }, (_, i) => levels[i % levels.length]);

async function column(levels: readonly string[], said?: SaidKind): Promise<ColumnSchema> {
  return (await infer(repeated(levels), said === undefined ? {} : { types: { c: said } })).column;
}

/** Levels in their order; null where the column is none. */
async function order(levels: readonly string[]): Promise<readonly string[] | null> {
  const { kind, levels: found } = await column(levels);
  return kind === 'ordinal' ? found! : null;
}

const shuffled = <T>(list: readonly T[]): T[] => [
  ...list.filter((_, i) => i % 2 === 1).reverse(),
  ...list.filter((_, i) => i % 2 === 0),
];

describe('columns whose levels stand in an order', () => {
  const scales: Readonly<Record<string, readonly string[]>> = {
    magnitude: ['low', 'medium', 'high'],
    'abbreviated magnitude': ['low', 'med', 'high', 'vhigh'],
    severity: ['None', 'Mild', 'Moderate', 'Severe'],
    frequency: ['never', 'rarely', 'sometimes', 'often', 'always'],
    agreement: ['Strongly disagree', 'Disagree', 'Neither agree nor disagree', 'Agree', 'Strongly agree'],
    quality: ['poor', 'fair', 'good', 'very good', 'excellent'],
    'quality in abbreviations': ['Po', 'Fa', 'TA', 'Gd', 'Ex'],
    sizes: ['XS', 'S', 'M', 'L', 'XL', 'XXL'],
    schooling: ['Preschool', '7th-8th', 'HS-grad', 'Some-college', "Bachelor's degree", 'Masters', 'Doctorate'],
    clarity: ['I1', 'SI2', 'SI1', 'VS2', 'VS1', 'VVS2', 'VVS1', 'IF'],
    German: ['niedrig', 'mäßig', 'hoch', 'sehr hoch'],
    'German agreement': [
      'Stimme gar nicht zu',
      'Stimme eher nicht zu',
      'teils/teils',
      'Stimme eher zu',
      'Stimme voll und ganz zu',
    ],
    French: ['jamais', 'rarement', 'parfois', 'souvent', 'toujours'],
    'French agreement': ["Pas du tout d'accord", "Plutôt pas d'accord", 'Plutôt d’accord', "Tout à fait d'accord"],
    Spanish: ['ninguno', 'leve', 'moderado', 'grave'],
    Italian: ['mai', 'qualche volta', 'spesso', 'sempre'],
    Portuguese: ['Discordo totalmente', 'Discordo', 'Neutro', 'Concordo', 'Concordo totalmente'],
    stages: ['Stage I', 'Stage IIa', 'Stage IIb', 'Stage III', 'Stage IV'],
    'limits and ranges': ['<10', '10-20', '20–50', '>50'],
    money: ['Less than $1,000', '$1,000–$2,000', '$2,000 - $10,000', '$10k+'],
    years: ['< 1 year', '1 year', '2 years', '3 years', '10+ years'],
    'German years': ['unter 1 Jahr', '1 bis 3 Jahre', '4 bis 7 Jahre', 'über 7 Jahre'],
    ages: ['0-9', '10-19', '20-29', '65 and over'],
    'intervals of programs': ['[0, 10)', '[10, 20.5)', '[20.5, inf)'],
    'interval in signs': ['<100', '100<=X<500', '500<=X<1000', '>=1000'],
    'a number and more': ['2', '4', 'more'],
    'below nothing': ['none', '1-3', '4+'],
    'number words': ['two', 'three', 'four', 'twelve'],
  };
  for (const [name, levels] of Object.entries(scales)) {
    it(`${name}: ${levels.slice(0, 3).join(' < ')}`, async () => {
      expect(await order(shuffled(levels))).to.deep.equal(levels);
    });
  }

  const none: Readonly<Record<string, readonly string[]>> = {
    weekdays: ['Monday', 'Tuesday', 'Wednesday', 'Thursday'],
    months: ['Jan', 'Feb', 'Mar', 'Apr', 'May'],
    names: ['oak', 'ash', 'elm', 'fir'],
    'letters, which are codes': ['A', 'B', 'C', 'D'],
    'blood groups': ['A+', 'A-', 'B+', 'O-', 'AB+'],
    'two levels, which are a number anyway': ['low', 'high'],
    'zones, whose numbers are names': ['Zone 1', 'Zone 2', 'Zone 3', 'Zone 4'],
    'numbered names': ['1 - oak', '2 - ash', '3 - elm'],
    'ranges that overlap': ['0-10', '5-15', '20-30'],
    'ranges that go down': ['9-1', '8-2', '7-3'],
    'ranges of different things': ['1-3 years', '4-6 months', '7-9 days'],
    scores: ['2-1', '0-3', '1-1', '0-0'],
    'words of two scales': ['never', 'mild', 'large', 'good'],
    'half on a scale': ['low', 'medium', 'high', 'purple'],
  };
  for (const [name, levels] of Object.entries(none)) {
    it(`are not ${name}`, async () => expect(await order(levels)).to.equal(null));
  }

  it('say their order where people look, and remember it in the schema', async () => {
    const { column: found, schema, csv } = await infer(repeated(['high', 'low', 'medium', 'Low']));
    expect(found).to.deep.include({ kind: 'ordinal', levels: ['Low', 'low', 'medium', 'high'], ranks: [0, 0, 1, 2] });
    const [described] = describeSchema(schema, csv);
    expect(described.reason).to.contain('"Low" = "low" < "medium" < "high"');
    expect(described).to.deep.include({ kind: 'ordinal', order: ['Low', 'low', 'medium', 'high'] });
  });

  it('leave the middle out of a long order', async () => {
    const { reason } = await column(Array.from({ length: 30 }, (_, i) => `${10 * i}-${10 * i + 9}`));
    expect(reason).to.match(/"0-9" < .* < … \(18 more\) < .* < "290-299"$/);
  });

  it('count one cell in a hundred that is elsewhere as missing, and say so', async () => {
    const cells = [...repeated(['low', 'medium', 'high'], 100), 'purple', 'purple'];
    const { column: found, warnings } = await infer(cells);
    expect(found).to.deep.include({ kind: 'ordinal', missingCount: 2, distinctCount: 3, gaps: ['purple'] });
    expect(warnings).to.deep.equal([
      'column "c": 2 cells are not on the scale of the others, such as "purple", and count as missing',
    ]);
    expect((await infer([...cells, 'purple', 'purple'])).column.kind).to.equal('categorical');
  });

  it('take "unknown" for a missing cell, and are no order where that is most of them', async () => {
    const cells = [...repeated(['low', 'medium', 'high']), ...Array.from({ length: 20 }, () => 'Unknown')];
    const { column: found, warnings } = await infer(cells);
    expect(found).to.deep.include({ kind: 'ordinal', missingCount: 20 });
    expect(warnings).to.deep.equal([]);
    const most = [...cells, ...Array.from({ length: 20 }, () => 'Unknown')];
    expect((await infer(most)).column.kind).to.equal('categorical');
  });

  it('become codes with ranks; a new level is missing, and counted', async () => {
    const { schema } = await infer(repeated(['low', 'medium', 'high']));
    const { frame, summary } = encodeRows(
      [{ c: 'high' }, { c: ' low ' }, { c: null }, { c: 'huge' }, { c: 3 }],
      schema,
    );
    expect(frame.columns[0]).to.deep.include({ kind: 'categorical', ranks: [0, 1, 2] });
    expect([...(frame.columns[0] as { codes: Int32Array }).codes]).to.deep.equal([2, 0, -1, -1, -1]);
    expect(summary.unparsable).to.deep.equal({ c: 2 });
    expect(summary.unseenCategories).to.deep.equal({});
  });

  it('of the target are left to the task', async () => {
    const csv = await parseCsv(
      `x,y\n${repeated(['low', 'medium', 'high'])
        .map((cell, i) => `${i}.5,${cell}`)
        .join('\n')}\n`,
    );
    const { schema } = inferSchema(csv, { target: 'y' });
    expect(schema.target).to.deep.include({ task: 'multiclass', classes: ['high', 'low', 'medium'] });
  });
});

describe('an order that is said', () => {
  it('is taken as it is, with levels that no cell has, and cells that differ by case', async () => {
    const found = await column(['Oak', 'elm', 'ash'], 'ordinal(fir<oak<ELM<"ash")');
    expect(found).to.deep.include({ kind: 'ordinal', ranks: [0, 1, 1, 2, 2, 3] });
    expect(found.levels).to.deep.equal(['fir', 'Oak', 'oak', 'elm', 'ELM', 'ash']);
    expect(found.reason).to.match(/^you said ordinal: "fir" < /);
  });

  it('may hold any sign in double quotes', () => {
    expect(saidKind('c', 'ordinal("<1" < "1,5" < "a""b")')).to.deep.equal({
      kind: 'ordinal',
      order: ['<1', '1,5', 'a"b'],
    });
    expect(saidKind('c', 'numeric')).to.deep.equal({ kind: 'numeric' });
  });

  it('is found behind the name, whatever is in either', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string({ minLength: 1 }), { minLength: 2 }), (name, levels) => {
        const said = `ordinal(${levels.map((level) => `"${level.replaceAll('"', '""')}"`).join('<')})`;
        const plain = name.replaceAll('=ordinal(', '');
        const pair = `${plain}=${said}`;
        const at = kindStart(pair);
        expect([pair.slice(0, at), pair.slice(at + 1)]).to.deep.equal([plain, said]);
      }),
      seeded(),
    );
  });

  it('is not needed where the cells say it, or are numbers', async () => {
    expect((await column(['high', 'low'], 'ordinal')).levels).to.deep.equal(['low', 'high']);
    expect((await column(['10', '9', '-1.5'], 'ordinal')).levels).to.deep.equal(['-1.5', '9', '10']);
  });

  const refused: readonly (readonly [SaidKind, string])[] = [
    ['ordinal', 'c=ordinal(low<medium<high)'],
    ['ordinal(spruce<larch)', 'must name levels of the cells'],
    ['ordinal(oak)', 'must be two different levels or more'],
    ['ordinal(oak<oak)', 'must be two different levels or more'],
    ['ordinal()', 'must be two different levels or more'],
  ];
  for (const [said, message] of refused) {
    it(`is refused: ${said}`, async () => {
      const error = await column(['oak', 'elm'], said).then(
        () => expect.fail('nothing was thrown'),
        (thrown: unknown) => thrown,
      );
      expect(error).to.be.instanceOf(ToolkitError);
      expect((error as Error).message).to.contain(message);
    });
  }

  it('stays that of a study that goes on, until another one is said', async () => {
    const cells = repeated(['oak', 'elm', 'ash']);
    const { schema: known, csv } = await infer(cells, { types: { c: 'ordinal(oak<elm<ash)' } });
    const again = (said: SaidKind) =>
      inferSchema(csv, { target: 'target', types: { c: said }, known }).schema.columns[0];
    expect(again('ordinal(oak<elm<ash)')).to.equal(known.columns[0]);
    expect(again('ordinal(ash<elm<oak)').levels).to.deep.equal(['ash', 'elm', 'oak']);
  });

  it('is none for a study that began when orders were categories', async () => {
    const cells = repeated(['low', 'medium', 'high']);
    const { csv, schema } = await infer(cells, { types: { c: 'categorical' } });
    const [first, ...rest] = schema.columns;
    const known = { ...schema, columns: [{ ...first, reason: '3 distinct texts in 30 cells' }, ...rest] };
    expect(inferSchema(csv, { target: 'target', known }).schema.columns[0].kind).to.equal('categorical');
  });
});
