/** A scenario whose people talk with the agent until somebody ends the call. */
export const talkers = `
name: people who talk for a while
agents:
  - id: host
    name: Host
    voice: agent
    firstMessage: "agent: good morning"
    otherwise: "agent: shall I book it"
    farewell: "agent: thank you"
people:
  - id: talker
    name: Somebody with time
    answer: human
    rings: 1
    greets: hello
    agent: host
    script:
${'      - says: yes please\n      - agent: "agent: shall I book it"\n'.repeat(30)}
`;
