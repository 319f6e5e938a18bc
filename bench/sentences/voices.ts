/** What `bench:voices` has voices say: the same in every language, in 4 and in 12 words. */

export const sentenceWords = [4, 12] as const
export type SentenceWords = (typeof sentenceWords)[number]

/** By ISO 639-1 code. */
export const voiceSentences: Readonly<Record<string, Readonly<Record<SentenceWords, string>>>> = {
  en: {
    4: 'Could you repeat that?',
    12: 'I would like to book a table for two people tomorrow evening.',
  },
  pt: {
    4: 'Você poderia repetir isso?',
    12: 'Eu gostaria de reservar uma mesa para duas pessoas amanhã à noite.',
  },
  es: {
    4: '¿Podría repetirlo, por favor?',
    12: 'Me gustaría reservar una mesa para dos personas mañana por la noche.',
  },
  fr: {
    4: 'Pourriez-vous le répéter encore ?',
    12: 'Je voudrais réserver une table pour deux personnes demain soir au restaurant.',
  },
  it: {
    4: 'Potrebbe ripeterlo, per favore?',
    12: 'Vorrei prenotare un tavolo per due persone domani sera verso le otto.',
  },
}
