/** What the output of several files that share a process is called, and how it is known again. */
export const groupName = names => `together: ${names.join(', ')}`;
const filesOf = line => /^# Subtest: together: (.*)$/.exec(line)?.[1].split(', ');

/**
 * Reads tap's output line by line and gives back the lines worth printing: every failing assertion with its details, one
 * line per test file, and at the end what was skipped and why, the files that failed, and the totals.
 */
export function createTapReport() {
  const totals = { passed: 0, failed: 0, skipped: 0 };
  const skips = [];
  const failedFiles = [];
  const openSubtests = []; // names, the file first
  let file = { passed: 0, failed: 0, skipped: 0 };
  let group; // the files of the process being read, when there are several: { missing, failed }
  let details = 'none'; // of a failure: 'none', 'expected' on the next line, 'shown', or 'shortened' for a file's

  // Assertions are counted, not the subtests around them.
  const count = kind => {
    file[kind] += 1;
    totals[kind] += 1;
  };

  function skip(title, reason) {
    count('skipped');
    skips.push(`  ${title}${reason ? `: ${reason}` : ''}`);
  }

  function readDetails(line) {
    const text = line.trim();
    if (text === '...') {
      const last = details === 'shown' ? [line] : [];
      details = 'none';
      return last;
    }
    return details === 'shown' || /^(exitCode|signal|failReason|error):/.test(text) ? [line] : [];
  }

  function failure(title, line) {
    count('failed');
    details = 'expected';
    return ['', `  FAILED  ${openSubtests[0] ?? ''}  ${title}`, line];
  }

  function endOfFile(name, failed, milliseconds) {
    if (!failed && file.passed + file.failed + file.skipped === 0) skip(name, 'no tests found');
    if (failed) {
      if (file.failed === 0) count('failed'); // it crashed, was ended, or has an exit code of its own
      failedFiles.push(name);
      details = 'expected';
    }
    if (group) {
      group.missing.delete(name);
      group.failed ||= failed;
    }
    const line = `${failed ? 'not ok' : 'ok    '}  ${name}  ${countsOf(file)}${milliseconds ? `  ${(milliseconds / 1000).toFixed(1)} s` : ''}`;
    file = { passed: 0, failed: 0, skipped: 0 };
    openSubtests.length = 0;
    return [line];
  }

  function readResult(result, depth, line) {
    const { notOk, name = '', directive, reason, milliseconds } = result.groups;
    const closesSubtest = openSubtests.length > depth && openSubtests[depth] === name;
    const title = [...openSubtests.slice(1, depth), name].filter(Boolean).join(' > ');
    if (directive) {
      skip(`${openSubtests[0] ?? name}${depth > 0 ? `  ${title}` : ''}`, reason);
      return depth === 0 ? endOfFile(name, false) : [];
    }
    if (depth === 0) return endOfFile(name, Boolean(notOk), Number(milliseconds));
    if (closesSubtest) openSubtests.length = depth;
    // A failed subtest usually holds the assertion that failed; one that timed out or threw may only tell so itself.
    if (notOk) return closesSubtest && file.failed > 0 ? [] : failure(title, line);
    if (!closesSubtest) count('passed');
    return [];
  }

  /** A process that ended early never came to the end of one file, nor to those after it. */
  function endOfGroup(name, failed) {
    const { missing, failed: told } = group;
    const lines = [...missing].flatMap(each => endOfFile(each, true));
    group = undefined;
    return failed && !told && lines.length === 0 ? endOfFile(name, true) : lines;
  }

  function readTogether(line) {
    if (line.startsWith('    ')) return readLine(line.slice(4).replace(notRun, '$1'));
    const result = resultLine.exec(line);
    return result ? endOfGroup(result.groups.name, Boolean(result.groups.notOk)) : [];
  }

  function readLine(line) {
    const text = line.trim();
    if (details === 'expected') {
      details = 'none';
      if (text === '---') {
        details = line.startsWith('  ---') ? 'shortened' : 'shown';
        return details === 'shown' ? [line] : [];
      }
    }
    if (details !== 'none') return readDetails(line);
    if (text.startsWith('Bail out!')) return [text];
    const depth = Math.floor((line.length - line.trimStart().length) / 4);
    const opened = /^# Subtest: (.*)$/.exec(text);
    if (opened) openSubtests.splice(depth, openSubtests.length, opened[1]);
    const result = opened ? undefined : resultLine.exec(text);
    return result ? readResult(result, depth, line) : [];
  }

  return {
    totals,
    read(line) {
      const files = filesOf(line);
      if (files) {
        group = { missing: new Set(files), failed: false };
        return [];
      }
      return group ? readTogether(line) : readLine(line);
    },
    close() {
      const lines = [];
      if (skips.length > 0) lines.push('', 'Skipped:', ...skips);
      if (failedFiles.length > 0)
        lines.push('', 'Failed (npm test -- FILE runs one alone):', ...failedFiles.map(name => `  ${name}`));
      return [...lines, '', countsOf(totals)];
    },
  };
}

// What tap says of a test whose process ended before its turn.
const notRun = /^(not ok \d+ - )child test left in queue: /;

const resultLine =
  /^(?<notOk>not )?ok \d+(?: - (?<name>.*?))?(?: # (?:(?<directive>SKIP|TODO)(?: (?<reason>.*))?|time=(?<milliseconds>[\d.]+)ms))?(?: \{)?$/;

const countsOf = ({ passed, failed, skipped }) =>
  `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`;
