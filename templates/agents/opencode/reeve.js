// SPDX-License-Identifier: GPL-2.0-only
// A plugin of opencode's terminal interface (1.18.33), which loads it from its file, with no package and no network.
//
// It tells `reeve hook` how a turn stands, as the hooks of other agents do, and gives the session what the hook answers:
// that a report is owed, that messages wait.  A session that is gone on with gets its prompt here, once: opencode drops
// a --prompt beside --session.  Sessions that another session has made do not count.  Nothing here throws, or keeps a
// turn waiting: events are taken from a queue, one at a time, and each hook has its limit.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import { fileURLToPath } from 'node:url'

const HOOK_MS = 20_000
const CALL_MS = 10_000
const TOAST_MS = 3_600_000
const file = (name) => fileURLToPath(new URL(name, import.meta.url))
const limit = () => ({ signal: AbortSignal.timeout(CALL_MS) })

// What the agent is to be told; '': nothing, or there is no reeve.
function hook(event) {
	return new Promise((resolve) => {
		const words = []
		const child = spawn('reeve', ['hook'], { stdio: ['pipe', 'ignore', 'pipe'], timeout: HOOK_MS, killSignal: 'SIGKILL' })

		child.on('error', () => resolve(''))
		child.on('close', (code) => resolve(code === 2 ? Buffer.concat(words).toString() : ''))
		child.stderr.on('data', (part) => words.push(part))
		child.stdin.on('error', () => {}) // it has ended without reading
		child.stdin.end(JSON.stringify(event))
	})
}

// The prompt of this episode for a session that is gone on with: [session, text].  None the second time.
function resumed() {
	const at = process.argv.indexOf('--session')
	if (at < 0)
		return null
	const text = fs.readFileSync(file('../resume.md'), 'utf8')
	fs.closeSync(fs.openSync(file('resume.sent'), 'wx'))
	return [process.argv[at + 1], text]
}

async function tui(api) {
	const sessions = new Map() // { isOwn, isBusy, isUrged, failed }
	let main = ''
	let queue = Promise.resolve()

	const later = (work) => { queue = queue.then(work).catch(() => {}) }
	const tell = (name, id, rest) =>
		hook({ hook_event_name: name, session_id: id, cwd: api.state.path.directory || process.cwd(), ...rest })

	async function session(id, info) {
		if (!sessions.has(id)) {
			info ??= (await api.client.session.get({ sessionID: id }, limit())).data
			if (!info)
				return { isOwn: false } // asked again the next time
			sessions.set(id, { isOwn: !info.parentID })
		}
		const s = sessions.get(id)
		if (s.isOwn)
			main = id
		return s
	}

	async function say(id, text) {
		const { error } = await api.client.session.promptAsync({ sessionID: id, parts: [{ type: 'text', text }] }, limit())
		if (error)
			throw error
	}

	async function busy(id) {
		const s = await session(id)
		if (!s.isOwn || s.isBusy)
			return
		s.isBusy = true
		s.failed = false
		await tell(s.isUrged ? 'PostToolUse' : 'UserPromptSubmit', id) // urged: it is the same turn
	}

	async function idle(id) {
		const s = await session(id)
		if (!s.isOwn || !s.isBusy)
			return
		const stop_hook_active = Boolean(s.isUrged)
		s.isBusy = s.isUrged = false
		const words = await tell(s.failed ? 'StopFailure' : 'Stop', id, { stop_hook_active })
		if (words === '' || s.failed)
			return
		s.isUrged = true
		await say(id, words)
	}

	async function failed(id) {
		const s = await session(id)
		s.failed = true // by a person's interrupt, too: nobody is urged then
		if (s.isOwn && !s.isBusy)
			await tell('StopFailure', id)
	}

	// A dialog of a session's own, or of one that it has made.
	const asking = (name) => () => later(async () => main && await tell(name, main))
	const on = (type, work) => api.event.on(type, (e) => later(() => work(e.properties)))

	on('session.created', async ({ info }) => (await session(info.id, info)).isOwn && await tell('SessionStart', info.id))
	on('session.status', ({ sessionID, status }) => status.type === 'idle' ? idle(sessionID) : busy(sessionID))
	on('session.idle', ({ sessionID }) => idle(sessionID))
	on('session.error', ({ sessionID }) => sessionID && failed(sessionID))
	for (const type of ['permission.asked', 'question.asked'])
		api.event.on(type, asking('PermissionRequest'))
	for (const type of ['permission.replied', 'question.replied', 'question.rejected'])
		api.event.on(type, asking('PostToolUse'))

	async function goOn([id, text]) {
		await session(id).catch(() => {}) // asked again at its first event
		await tell('SessionStart', id)
		await say(id, text)
	}

	later(async () => {
		const prompt = resumed()
		if (prompt)
			await goOn(prompt).catch(() => api.ui.toast({ variant: 'error', message: 'reeve could not give it the prompt: '
				+ file('../resume.md'), duration: TOAST_MS }))
	})
}

export default { id: 'reeve', tui }
