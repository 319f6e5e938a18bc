// @ts-check
/** The two dialogs: options, and the files to download. */
import { listMicrophones } from './capture.js'
import { button, element, input } from './page.js'
import { keepSettings } from './settings.js'
import { saveFile, speechFile, textFormats } from './transcript-files.js'

const formatNames = Object.entries({ txt: 'Text', srt: 'SubRip', vtt: 'WebVTT' })
const sideNames = { source: 'original', target: 'translation', both: 'both languages' }

for (const id of ['options', 'files']) {
  const dialog = element(id, HTMLDialogElement)
  button(`open-${id}`).addEventListener('click', () => dialog.showModal())
  dialog.addEventListener('click', ({ target }) => target === dialog && dialog.close())
}

/**
 * @param {import('./settings.js').Settings} settings
 * @param {{ onChange: () => void, onMicrophone: () => void }} handlers
 */
export function bindOptions(settings, { onChange, onMicrophone }) {
  for (const [id, name] of /** @type {const} */ ([
    ['push-to-talk', 'pushToTalk'],
    ['half-duplex', 'halfDuplex'],
  ])) {
    input(id).checked = settings[name]
    input(id).addEventListener('change', () => {
      settings[name] = input(id).checked
      keepSettings(settings)
      onChange()
    })
  }
  const microphone = element('microphone', HTMLSelectElement)
  microphone.addEventListener('change', () => {
    settings.microphone = microphone.value
    keepSettings(settings)
    onMicrophone()
  })
  navigator.mediaDevices?.addEventListener('devicechange', () => void offerMicrophones(settings))
}

/** Their names are known once the microphone was allowed. @param {import('./settings.js').Settings} settings */
export async function offerMicrophones(settings) {
  const found = await listMicrophones()
  const options = found.map(
    ({ deviceId, label }, index) => new Option(label || `Microphone ${index + 1}`, deviceId),
  )
  const microphone = element('microphone', HTMLSelectElement)
  microphone.replaceChildren(new Option('Chosen by the browser', ''), ...options)
  microphone.value = found.some(({ deviceId }) => deviceId === settings.microphone) ? settings.microphone : ''
}

/**
 * @param {import('./transcript.js').Transcript} transcript
 * @param {() => { source: string, target: string }} languages codes for the names of the files
 * @param {(text: string) => Promise<void>} copy
 */
export function bindFiles(transcript, languages, copy) {
  const [body] = element('file-table', HTMLTableElement).tBodies
  for (const [ending, name] of formatNames) {
    const row = /** @type {HTMLTableSectionElement} */ (body).insertRow()
    const heading = document.createElement('th')
    heading.scope = 'row'
    heading.textContent = name
    row.append(heading)
    for (const side of /** @type {const} */ (['source', 'target', 'both'])) {
      const save = document.createElement('button')
      save.type = 'button'
      save.textContent = ending.toUpperCase()
      save.ariaLabel = `${save.textContent}, ${sideNames[side]}`
      save.addEventListener('click', () => {
        const text = textFormats[ending]?.(transcript.lines, side) ?? ''
        const language = { ...languages(), both: '' }[side]
        saveFile(fileName(language, ending), new Blob([text], { type: 'text/plain;charset=utf-8' }))
      })
      row.insertCell().append(save)
    }
  }
  button('wav').addEventListener('click', () =>
    saveFile(fileName(languages().target, 'wav'), speechFile(transcript.lines, transcript.sampleRate)),
  )
  button('copy-all').addEventListener('click', () => {
    element('files', HTMLDialogElement).close()
    void copy(textFormats['txt']?.(transcript.lines, 'both') ?? '')
  })
}

/**
 * @param {string} language may be empty
 * @param {string} ending
 */
function fileName(language, ending) {
  const time = new Date().toISOString().slice(0, 19).replaceAll(':', '')
  return ['voxbridge-' + time, language, ending].filter(Boolean).join('.')
}
