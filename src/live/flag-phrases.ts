/** What people say that a colleague should know of. */
export type SpokenFlag = 'opt-out' | 'emergency' | 'asked-for-person' | 'upset';

/** Each language's words; apostrophes are plain, and what stands between words is one blank. */
const phrases: Readonly<Record<SpokenFlag, readonly RegExp[]>> = {
  'opt-out': [
    /\b(?:(?:stop|quit) (?:calling|ringing|phoning)|(?:do not|don't|never) (?:ever )?(?:call|ring|phone|contact) (?:me|us|here|this number)|(?:take|remove) (?:me|us|my number|this number) (?:off|from)|lose (?:my|this) number)\b/,
    /\b(?:rufen sie (?:mich|uns|hier) nicht (?:mehr|wieder) an|nicht mehr anrufen|nie wieder anrufen|streichen sie mich|löschen sie meine nummer)\b/,
    /\b(?:no me (?:llame|llames|llamen|vuelva a llamar)|deje de llamar|dejen de llamar|borre mi número)\b/,
    /\b(?:ne m'appelez plus|arrêtez de m'appeler|ne me rappelez (?:plus|pas)|supprimez mon numéro)\b/,
  ],
  emergency: [
    /\b(?:call (?:911|999|112|an ambulance|the police)|i need an ambulance|(?:can't|cannot) breathe|heart attack|chest pains?|(?:kill|hurt|harm) (?:myself|you|him|her|them)|end my life|suicid\w*|i have a (?:gun|bomb|knife)|i'll kill)\b/,
    /\b(?:krankenwagen|rufen sie die polizei|herzinfarkt|ich bekomme keine luft|bringe (?:mich|sie|dich) um|selbstmord)\b/,
    /\b(?:llame a una ambulancia|llame a la policía|infarto|no puedo respirar|me voy a matar|te voy a matar|suicid\w*)\b/,
    /\b(?:appelez une ambulance|appelez la police|crise cardiaque|je ne peux pas respirer|me tuer|vous tuer|suicid\w*)\b/,
  ],
  'asked-for-person': [
    /\b(?:(?:speak|talk|speaking|talking) (?:to|with) (?:a|an|some|your|the) ?(?:real |live |actual |human )?(?:person|human|being|body|agent|representative|manager|supervisor|somebody|someone|operator)|(?:speak|talk) (?:to|with) (?:somebody|someone)|(?:real|actual|live) (?:person|human)|(?:get|give) me (?:a|your) (?:manager|supervisor|human|person)|put me through)\b/,
    /\b(?:(?:mit )?(?:einem|einen) (?:echten )?(?:menschen|mitarbeiter|vorgesetzten)|verbinden sie mich)\b/,
    /\b(?:hablar con (?:una persona|alguien|un agente|su supervisor|un humano)|páseme con)\b/,
    /\b(?:parler (?:à|avec) (?:une (?:vraie )?personne|quelqu'un|un (?:conseiller|humain|responsable))|passez-moi)\b/,
  ],
  upset: [
    /\b(?:this is (?:ridiculous|unacceptable|outrageous|a joke|a scam|harassment)|you people|i'm (?:really |so |very )?(?:angry|furious|upset|fed up)|i(?:'ve| have) had enough|sick of (?:this|you)|i(?:'m going to|'ll| will) (?:sue|report you|call my lawyer)|fuck\w*|bullshit|waste of (?:my )?time)\b/,
    /\b(?:das ist (?:unverschämt|eine frechheit|belästigung|lächerlich)|es reicht mir|mir reicht'?s|ich bin (?:wütend|stinksauer)|mein anwalt|verdammt\w*)\b/,
    /\b(?:esto es (?:ridículo|inaceptable|una estafa|acoso)|estoy (?:harto|harta|furioso|furiosa)|mi abogado|mierda)\b/,
    /\b(?:c'est (?:inadmissible|ridicule|une honte|du harcèlement)|j'en ai (?:marre|assez)|mon avocat|merde)\b/,
  ],
};

const kinds = Object.keys(phrases) as SpokenFlag[];
/** Nobody says more in one breath. */
const longestText = 2_000;

/** The first words of each kind in what somebody said. */
export function spokenFlags(text: string): { readonly kind: SpokenFlag; readonly words: string }[] {
  const plain = text
    .slice(0, longestText)
    .toLowerCase()
    .replaceAll('’', "'")
    .replace(/[\s,;.!?…]+/g, ' ');
  return kinds.flatMap(kind => {
    for (const phrase of phrases[kind]) {
      const [words] = phrase.exec(plain) ?? [];
      if (words !== undefined) return [{ kind, words }];
    }
    return [];
  });
}
