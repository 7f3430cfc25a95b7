/** The strongly connected groups of more than one node (or a node that points to itself), each with one way round. */
export function cyclesIn(graph) {
  const state = new Map();
  const stack = [];
  const groups = [];
  let counter = 0;

  function visit(node) {
    const own = { index: counter, low: counter, onStack: true };
    counter += 1;
    state.set(node, own);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      const seen = state.get(next);
      if (!seen) own.low = Math.min(own.low, visit(next).low);
      else if (seen.onStack) own.low = Math.min(own.low, seen.index);
    }
    if (own.low === own.index) {
      const group = stack.splice(stack.indexOf(node));
      for (const member of group) state.get(member).onStack = false;
      if (group.length > 1 || (graph.get(node) ?? []).includes(node))
        groups.push({ group, way: wayRound(group, graph) });
    }
    return own;
  }

  for (const node of graph.keys()) if (!state.has(node)) visit(node);
  return groups;
}

/** The shortest circle from the group's first member back to itself. */
function wayRound(group, graph) {
  const [start] = [...group].sort();
  const members = new Set(group);
  const ways = new Map([[start, [start]]]);
  for (const [node, way] of ways) {
    for (const next of graph.get(node) ?? []) {
      if (next === start) return way;
      if (members.has(next) && !ways.has(next)) ways.set(next, [...way, next]);
    }
  }
  return group;
}
