import { existsSync, readdirSync, readFileSync } from 'node:fs';

import { expect } from 'chai';
import { parse, parseAllDocuments } from 'yaml';

import { parseArgs } from '../../src/cli/args.js';
import type { Invocation } from '../../src/cli/commands.js';
import { buildOf, PREFIX, queueName } from '../../src/cluster/keys.js';
import { packageVersion } from '../../src/run/index.js';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const dockerfile = read('deploy/Dockerfile').replace(/\\\n/g, ' ');
const instructions = dockerfile
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => [line.split(' ')[0], line.slice(line.indexOf(' ') + 1).trim()] as const);
const nodeMajor = /^ARG NODE_IMAGE=node:(\d+)-[a-z]+-slim$/m.exec(dockerfile)![1];
const VARIABLE = /\$\{([A-Z_]+)(?::([-?])([^}]*))?\}/g;

type Words = Readonly<Record<string, string>>;

interface Service {
  readonly build?: { readonly dockerfile: string };
  readonly command: readonly string[];
  readonly environment: Words;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: object;
}

interface Compose {
  readonly services: Readonly<Record<'redis' | 'pages' | 'worker', Service>>;
  readonly volumes: object;
}

interface Container {
  readonly image: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly valueFrom: { readonly secretKeyRef: Reference } }[];
  readonly ports: readonly object[];
  readonly readinessProbe: { readonly httpGet: object };
  readonly livenessProbe: { readonly httpGet: object };
  readonly resources: object;
  readonly securityContext: object;
  readonly volumeMounts: readonly { readonly name: string }[];
}

interface Reference {
  readonly name: string;
  readonly key: string;
}

interface Pod {
  readonly metadata?: { readonly labels: object };
  readonly spec: {
    readonly securityContext: object;
    readonly containers: readonly Container[];
    readonly volumes: readonly {
      readonly name: string;
      readonly persistentVolumeClaim?: { readonly claimName: string };
    }[];
  };
}

interface Trigger {
  readonly name: string;
  readonly type: string;
  readonly metadata: { readonly listName: string };
  readonly authenticationRef: { readonly name: string };
}

/** One document, whose fields are those of its kind. */
interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly stringData: object;
  readonly spec: {
    readonly template: Pod;
    readonly selector: { readonly matchLabels: object };
    readonly scaleTargetRef: { readonly name: string };
    readonly advanced: { readonly scalingModifiers: { readonly formula: string; readonly target: string } };
    readonly triggers: readonly Trigger[];
    readonly secretTargetRef: readonly Reference[];
  };
}

/** What the program makes of a command line of a file here. */
function understood(words: readonly string[]): Invocation {
  const text = words.map((word) => word.replace(/\$\(LRNN_REDIS_URL\)/g, 'redis://redis:6379'));
  return parseArgs(
    text.map((word) => word.replace(VARIABLE, (_, __, sign: string, value: string) => (sign === '-' ? value : 'x'))),
  );
}

describe('the image', () => {
  const of = (name: string): string[] => instructions.flatMap(([own, rest]) => (own === name ? [rest] : []));

  it('holds instructions that there are, built in one stage and run in another', () => {
    const known = 'FROM WORKDIR COPY RUN ENV USER EXPOSE HEALTHCHECK ENTRYPOINT CMD ARG LABEL VOLUME'.split(' ');
    for (const [name] of instructions) expect(known).to.include(name);
    expect(of('FROM')).to.have.length(2);
    // Bits depend on the major version of Node: both stages, and the queue of the autoscaler, have one.
    expect(of('FROM')).to.deep.equal(['${NODE_IMAGE} AS build', '${NODE_IMAGE}']);
    expect(instructions[0][0]).to.equal('ARG');
    expect(of('RUN').filter((line) => line.startsWith('npm ci'))).to.have.length(1);
    expect(of('RUN').at(-2)).to.match(/npm ci --omit=dev/);
  });

  it('runs as nobody of importance, and says whether it is well', () => {
    expect(of('USER')).to.deep.equal(['1000:1000']);
    expect(of('HEALTHCHECK')[0]).to.include('LRNN_HEALTH');
    for (const word of ['HEALTHCHECK', 'ENTRYPOINT', 'CMD']) {
      const list = of(word)[0].replace(/^.*CMD (?=\[)/, '');
      expect(JSON.parse(list), word).to.be.an('array').that.is.not.empty;
    }
  });

  it('copies what is in the repository, and what the build needs is sent', () => {
    const paths = of('COPY').flatMap((line) => line.split(' ').slice(0, -1));
    const own = paths.filter((path) => !path.startsWith('-')).map((path) => path.replace(/^\/src\//, ''));
    for (const path of own) {
      if (['.', 'dist', 'node_modules'].includes(path)) continue;
      expect(existsSync(new URL(`../../${path}`, import.meta.url)), path).to.equal(true);
    }
    const sent = read('deploy/Dockerfile.dockerignore').trim().split('\n');
    expect(sent[0]).to.equal('**');
    for (const path of own.filter((one) => !['.', 'dist', 'node_modules'].includes(one))) {
      expect(sent, path).to.include(`!${path}`);
    }
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    expect(scripts.build).to.match(/^node scripts\//);
    expect(sent).to.include('!scripts').and.to.include('!src');
  });
});

describe('compose.yaml', () => {
  const { services, volumes } = parse(read('deploy/compose.yaml')) as Compose;

  it('has words that compose knows, and volumes that are named', () => {
    const known =
      'image build command environment ports volumes depends_on healthcheck restart read_only tmpfs cap_drop security_opt deploy stop_grace_period';
    for (const [name, service] of Object.entries<Service>(services)) {
      expect(known.split(' '), name).to.include.members(Object.keys(service));
      for (const other of Object.keys(service.depends_on ?? {})) expect(services).to.have.property(other);
      for (const volume of service.volumes ?? []) {
        const [source] = volume.split(':');
        if (/^[a-z]+$/.test(source)) expect(volumes).to.have.property(source);
      }
    }
    expect(services.pages.build?.dockerfile).to.equal('deploy/Dockerfile');
  });

  it('gives commands that the program understands', () => {
    expect(understood(services.pages.command)).to.include({
      command: 'serve',
      reportsFolder: '/reports',
      host: '0.0.0.0',
      port: 3000,
      redis: 'redis://redis:6379',
    });
    expect(understood(services.worker.command)).to.deep.include({
      command: 'worker',
      redis: 'redis://redis:6379',
      concurrency: 2,
      listen: { host: '0.0.0.0', port: 9464 },
    });
    const [, example] = /run --rm pages (fit .*)$/m.exec(read('deploy/compose.yaml'))!;
    expect(understood(example.split(' '))).to.have.property('command', 'fit');
  });

  it('says how a shared folder is used: what stands in comments is understood, too', () => {
    const text = read('deploy/compose.yaml');
    const open = parse(text.replace(/^( *)# (?=- shared:|shared:$|--shared,$|\/shared,$)/gm, '$1')) as Compose;
    expect(understood(open.services.worker.command)).to.include({ command: 'worker', shared: '/shared' });
    const [, pages] = /# With a shared folder: (\[.*\])$/m.exec(text)!;
    expect(understood(parse(pages) as string[])).to.include({ command: 'serve', shared: '/shared' });
    for (const name of ['pages', 'worker'] as const) expect(open.services[name].volumes).to.include('shared:/shared');
    expect(open.volumes).to.have.property('shared');
  });

  it('keeps a Redis that forgets nothing, asks for passwords and a token, and shows pages to this computer alone', () => {
    const [shell, flag, script] = services.redis.command;
    expect([shell, flag]).to.deep.equal(['sh', '-c']);
    expect(script).to.include('--appendonly yes').and.to.include('--maxmemory-policy noeviction');
    const [started, ...input] = script.split('\n');
    // Redis takes the place of the shell, and is asked to stop itself.
    expect(started)
      .to.match(/^exec redis-server - [^|]*<<EOF$/)
      .and.to.not.include('PASSWORD');
    expect(input).to.deep.equal(['requirepass $$LRNN_REDIS_PASSWORD', 'EOF', '']);
    for (const [name, service] of Object.entries<Service>(services)) {
      expect(service.environment.LRNN_REDIS_PASSWORD, name).to.match(/^\$\{LRNN_REDIS_PASSWORD:\?/);
      if (name === 'redis') expect(service).to.not.have.property('ports');
      else expect(service).to.deep.include({ read_only: true, cap_drop: ['ALL'] });
    }
    expect(services.pages.environment.LRNN_TOKEN).to.match(/^\$\{LRNN_TOKEN:\?/);
    expect(services.pages.ports).to.deep.equal(['127.0.0.1:3000:3000']);
    expect(services.pages.environment.LRNN_HEALTH).to.equal('http://127.0.0.1:3000/healthz');
  });
});

describe('the files for Kubernetes', () => {
  const folder = 'deploy/kubernetes';
  const all = readdirSync(new URL(`../../${folder}`, import.meta.url)).flatMap((file) =>
    parseAllDocuments(read(`${folder}/${file}`)).map((document) => {
      expect(document.errors, file).to.deep.equal([]);
      return document.toJS() as Resource;
    }),
  );
  const named = (kind: string, name: string): Resource => {
    const found = all.find((one) => one.kind === kind && one.metadata.name === name);
    expect(found, `${kind} ${name}`).to.not.equal(undefined);
    return found!;
  };
  const pods = all.filter(({ kind }) => kind === 'Deployment' || kind === 'Job').map(({ spec }) => spec.template);

  it('are of kinds that there are, each with the fields of its kind', () => {
    const kinds: Readonly<Record<string, readonly [string, string]>> = {
      Secret: ['v1', 'type stringData'],
      Deployment: ['apps/v1', 'replicas selector template'],
      Job: ['batch/v1', 'backoffLimit template'],
      PersistentVolumeClaim: ['v1', 'accessModes resources'],
      ScaledObject: [
        'keda.sh/v1alpha1',
        'scaleTargetRef minReplicaCount maxReplicaCount pollingInterval cooldownPeriod advanced triggers',
      ],
      TriggerAuthentication: ['keda.sh/v1alpha1', 'secretTargetRef'],
    };
    expect(all).to.have.length(6);
    for (const { apiVersion, kind, metadata, ...rest } of all) {
      const [version, fields] = kinds[kind];
      expect(apiVersion, kind).to.equal(version);
      expect(metadata.name).to.match(/^[a-z][a-z-]+$/);
      expect(fields.split(' '), kind).to.include.members(Object.keys(kind === 'Secret' ? rest : rest.spec));
    }
  });

  it('run the image of this version, as nobody, with nothing that can be written but volumes that there are', () => {
    for (const { spec } of pods) {
      expect(spec.securityContext).to.include({ runAsNonRoot: true, runAsUser: 1000 });
      const volumes = spec.volumes.map(({ name }) => name);
      for (const container of spec.containers) {
        expect(container.image).to.equal(`lrnn-automl:${packageVersion()}`);
        expect(container.securityContext).to.deep.include({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(container.volumeMounts.map(({ name }) => name)).to.have.members(volumes);
        expect(container.resources).to.have.keys('requests', 'limits');
        for (const { valueFrom } of container.env) {
          expect(named('Secret', valueFrom.secretKeyRef.name).stringData).to.have.property(valueFrom.secretKeyRef.key);
        }
      }
    }
    const claims = pods.flatMap(({ spec }) =>
      spec.volumes.flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []),
    );
    for (const claim of claims) named('PersistentVolumeClaim', claim);
  });

  it('give commands that the program understands, and probe what it answers', () => {
    const { spec } = named('Deployment', 'lrnn-worker');
    expect(spec.template.metadata?.labels).to.deep.equal(spec.selector.matchLabels);
    const [worker] = spec.template.spec.containers;
    const said = understood(worker.args);
    expect(said).to.deep.include({ command: 'worker', listen: { host: '0.0.0.0', port: 9464 } });
    expect(worker.ports).to.deep.equal([{ name: 'monitor', containerPort: 9464 }]);
    expect(worker.readinessProbe.httpGet).to.deep.equal({ path: '/healthz', port: 'monitor' });
    expect(worker.livenessProbe.httpGet).to.deep.equal({ path: '/livez', port: 'monitor' });
    const [search] = named('Job', 'lrnn-search').spec.template.spec.containers;
    expect(understood(search.args)).to.have.nested.include({ command: 'fit', 'options.resume': true });
  });

  it('say how a shared folder is used: what stands in comments is understood, too', () => {
    const comment =
      /^( *)# (?=- --shared|- name: shared$| {2}mountPath: \/shared$| +persistentVolumeClaim:$| +claimName: lrnn-shared$)/gm;
    for (const [file, command] of [
      ['workers', 'worker'],
      ['search', 'fit'],
    ]) {
      const documents = parseAllDocuments(read(`${folder}/${file}.yaml`).replace(comment, '$1'));
      const { spec } = documents.at(-1)!.toJS() as Resource;
      const { containers, volumes } = spec.template.spec;
      const said = understood(containers[0].args);
      expect(said).to.have.property('command', command);
      expect(said).to.have.nested.property(command === 'fit' ? 'options.shared' : 'shared', '/shared');
      expect(containers[0].volumeMounts).to.deep.include({ name: 'shared', mountPath: '/shared' });
      const claim = { name: 'shared', persistentVolumeClaim: { claimName: 'lrnn-shared' } };
      expect(volumes).to.deep.include(claim);
    }
    const claim = read(`${folder}/search.yaml`).replace(/^# (?=apiVersion|kind|metadata|spec| {2})/gm, '');
    expect(claim).to.match(
      /^kind: PersistentVolumeClaim\nmetadata:\n {2}name: lrnn-shared\nspec:\n {2}accessModes: \[ReadWriteMany\]/m,
    );
  });

  it('scale by the two lists of the queue of this version and of the Node of the image', () => {
    const { spec } = named('ScaledObject', 'lrnn-worker');
    named('Deployment', spec.scaleTargetRef.name);
    const queue = `${PREFIX}:${queueName(buildOf(packageVersion(), `${nodeMajor}.0.0`))}`;
    const { triggers } = spec;
    expect(triggers.map(({ name, type, metadata }) => [name, type, metadata.listName])).to.deep.equal([
      ['waiting', 'redis', `${queue}:wait`],
      ['running', 'redis', `${queue}:active`],
    ]);
    for (const { authenticationRef } of triggers) {
      for (const { name, key } of named('TriggerAuthentication', authenticationRef.name).spec.secretTargetRef) {
        expect(named('Secret', name).stringData).to.have.property(key);
      }
    }
    const { formula, target } = spec.advanced.scalingModifiers;
    expect(formula.split(' + ')).to.deep.equal(triggers.map(({ name }) => name));
    const [worker] = named('Deployment', 'lrnn-worker').spec.template.spec.containers;
    expect(understood(worker.args)).to.include({ concurrency: Number(target) });
  });
});
