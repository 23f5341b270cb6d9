// SPDX-License-Identifier: GPL-2.0-only
// In the place of opencode: loads the plugin that $OPENCODE_TUI_CONFIG names as its terminal interface does, and gives
// it events.  $OUT/EPISODE.play is the part, one line each:
//
//	TYPE JSON	an event of that type with these properties; SES_NOW is the id of a session that is begun now
//	sh COMMAND	what the model runs
//	said N		until N prompts of the plugin have come; they are in $OUT/EPISODE.said
//	load		the plugin once more
//	quiet		until every hook that was called has ended
import fs from 'node:fs'
import path from 'node:path'
import { execFileSync } from 'node:child_process'
import { pathToFileURL } from 'node:url'

if (process.argv[2] === '--version') {
	console.log('9.9')
	process.exit(0)
}
const { OUT, REEVE_EPISODE, OPENCODE_TUI_CONFIG } = process.env
const spec = JSON.parse(fs.readFileSync(OPENCODE_TUI_CONFIG)).plugin[0]
const source = path.resolve(path.dirname(OPENCODE_TUI_CONFIG), spec)
const module = path.join(path.dirname(source), 'as-module.mjs') // node tells by the name
fs.copyFileSync(source, module)
const plugin = (await import(pathToFileURL(module))).default

const parents = { ses_child: 'ses_one' }
const now = 'ses_' + BigInt.asUintN(48, ~(BigInt(Date.now()) * 4096n + 1n)).toString(16).padStart(12, '0') + 'LM1YkTmBlI9sm3'
const said = []
let handlers = {}
let wanted = 0
let enough = () => {}

const api = {
	state: { path: { directory: process.cwd() } },
	ui: { toast: ({ message }) => said.push(`toast ${message}`) },
	event: { on: (type, work) => (handlers[type] ??= []).push(work) },
	client: { session: {
		get: async ({ sessionID }) => ({ data: { id: sessionID, parentID: parents[sessionID] } }),
		promptAsync: async ({ sessionID, parts }) => {
			said.push(`${sessionID} ${parts[0].text}`)
			fs.writeFileSync(path.join(OUT, `${REEVE_EPISODE}.said`), said.join('\n'))
			if (said.length >= wanted)
				enough()
			return {}
		},
	} },
}

fs.writeFileSync(path.join(OUT, `${REEVE_EPISODE}.argv`), process.argv.slice(2).map((x) => x + '\0').join(''))
for (const line of fs.readFileSync(path.join(OUT, `${REEVE_EPISODE}.play`), 'utf8').split('\n')) {
	const [verb, rest] = [line.split(' ')[0], line.slice(line.indexOf(' ') + 1)]
	if (verb === 'load') {
		handlers = {}
		await plugin.tui(api)
	} else if (verb === 'sh') {
		execFileSync('bash', ['-c', rest], { stdio: 'inherit' })
	} else if (verb === 'said') {
		wanted = Number(rest)
		if (said.length < wanted)
			await new Promise((resolve) => { enough = resolve })
	} else if (verb === 'quiet') {
		await new Promise((resolve) => process.once('beforeExit', resolve))
	} else if (verb !== '') {
		for (const work of handlers[verb] ?? [])
			work({ type: verb, properties: JSON.parse(rest.replaceAll('SES_NOW', now)) })
	}
}
