// Written by scripts/generate_protocol from host/counterfoil/protocol: change it there.

import { either, flag, list, nothing, object, oneOf, record, tagged, text, whole } from "../shapes.js";

export const PROTOCOL_VERSION = 1;
export const SCHEMA_SHA256 = "adfa2e00ddc947b476cd7af8f2c5d6fafee61fba65937ec80e01d21a7af0eb06";

/** What each error's code is. */
export const ERRORS = Object.freeze({
  InputError: 1000,
  InvalidEncoding: 1001,
  InvalidAddress: 1002,
  InvalidAmount: 1003,
  InvalidTransaction: 1004,
  UnknownMethod: 1005,
  UnknownChain: 1006,
  FrameTooLarge: 1007,
  InvalidFrame: 1008,
  InvalidMessage: 1009,
  UnsupportedVersion: 1010,
  UnsafeToSign: 1011,
  NotFound: 1012,
  UnsupportedPlatform: 1013,
  SimulationFailed: 1014,
  BatchRefused: 1015,
  Refused: 2000,
  NotPermitted: 2001,
  UserRejected: 2002,
  Locked: 2003,
  RequestExpired: 2004,
  AssertionRefused: 2005,
  PolicyRefused: 2006,
  NotPaired: 2007,
  WrongPassphrase: 2008,
  Cancelled: 2009,
  SlotHeld: 2010,
  StateConflict: 2011,
  RateLimited: 2012,
  PeerRefused: 2013,
  PageCannotAssert: 2014,
  AlreadyExists: 2015,
  RecoveryUnproven: 2016,
  PairingRefused: 2017,
  WindowNeeded: 2018,
  ProtocolAbort: 3000,
  Ban: 3001,
  Retry: 3002,
  Poisoned: 3003,
  PartyUnavailable: 3004,
  PartyRefused: 3005,
  NetworkError: 4000,
  NodeUnreachable: 4001,
  NodeRejected: 4002,
  BroadcastUnknown: 4003,
  RelayUnreachable: 4004,
  AgentUnreachable: 4005,
  StorageError: 5000,
  SchemaTooNew: 5001,
  ShareUnreadable: 5002,
  LogBroken: 5003,
  BackupUnreadable: 5004,
  Bug: 9000,
});

/**
 * An address. `receive_ready` false means: do not show it for receiving yet. A Safe stands on `chains` with its lock; on real networks it receives only there.
 * @typedef {object} Account
 * @property {string} account_id
 * @property {string} vault_id
 * @property {string} name
 * @property {string} namespace
 * @property {string | null} address
 * @property {boolean} receive_ready
 * @property {"vault" | "safe"} kind
 * @property {string[]} chains
 */

/**
 * An account that a connection may show to the site.
 * @typedef {object} AccountChoice
 * @property {string} account_id
 * @property {string} name
 * @property {string} address
 * @property {"vault" | "safe"} kind
 */

/**
 * All accounts.
 * @typedef {object} AccountList
 * @property {Account[]} accounts
 */

/**
 * A network of the person's own; its node's chain id is asked and must match.
 * @typedef {object} AddChainParams
 * @property {string} chain
 * @property {string} name
 * @property {string} symbol
 * @property {string} coin
 * @property {string} rpc_url
 * @property {string | null} explorer
 * @property {boolean} testnet
 */

/**
 * Another home passkey, made with the options of `passkey_beginHome`. Its key slots follow with `passkey_addSlots` once it is on record.
 * @typedef {object} AddHomeParams
 * @property {string} ceremony_id
 * @property {Record<string, any>} response
 * @property {string} name
 * @property {boolean} can_unlock
 */

/**
 * Key slots for the storage keys of the parties on this computer.
 * @typedef {object} AddSlotsParams
 * @property {SlotSecret[]} slots
 */

/**
 * What a home passkey is to be touched for, in the wallet's own page; `why` is a sentence for the person. `needs_person`: the touch alone is not enough.
 * @typedef {object} AdminStep
 * @property {string} step_id
 * @property {string} options_json
 * @property {string} why
 * @property {boolean} needs_person
 */

/**
 * What a client needs to know to draw its first screen.
 * @typedef {object} AgentState
 * @property {boolean} paired
 * @property {"home_passkey" | "vault" | "recovery_file" | "try_it" | "done"} onboarding
 * @property {boolean} locked
 * @property {number} pending_requests
 * @property {"none" | "starting" | "running" | "stopped"} cosigner
 * @property {string | null} relay_url
 */

/**
 * This device's person lets another one change the parties of a vault; null: give this device its first share.
 * @typedef {object} AgreeParams
 * @property {string} identity
 * @property {string | null} vault_id
 */

/**
 * Exactly one of `response` (`toJSON()` of the credential) and `failure`.
 * @typedef {object} AnswerParams
 * @property {string} request_id
 * @property {"create_site_passkey" | "assert_site_passkey" | "assert_home_passkey"} step
 * @property {Record<string, any> | null} response
 * @property {PageFailure | null} failure
 */

/**
 * The home passkey's answer to a step (`toJSON()`).
 * @typedef {object} ApproveChangeParams
 * @property {string} step_id
 * @property {Record<string, any>} response
 */

/**
 * The person approved in the window. `seq` is that of the view they saw: another one is StateConflict. `account_ids` is the choice of accounts for a connection.
 * @typedef {object} ApproveParams
 * @property {string} request_id
 * @property {number} seq
 * @property {string[]} account_ids
 */

/**
 * Touch the home passkey in the wallet's own window; `why` is a sentence for the person.
 * @typedef {object} AssertHomePasskey
 * @property {"assert_home_passkey"} step
 * @property {string} options_json
 * @property {string} why
 */

/**
 * Touch the site passkey in the page, by content.js.
 * @typedef {object} AssertSitePasskey
 * @property {"assert_site_passkey"} step
 * @property {Target} target
 * @property {string} options_json
 * @property {string[]} words
 * @property {number[]} notches
 */

/**
 * The recovery file of a vault, still sealed, until it was proven.
 * @typedef {object} BackupFile
 * @property {string} file_name
 * @property {string} content
 */

/**
 * In base units; None where the node does not answer.
 * @typedef {object} Balance
 * @property {string | null} amount
 * @property {string} symbol
 * @property {number} decimals
 */

/**
 * One account on one chain.
 * @typedef {object} BalanceParams
 * @property {string} account_id
 * @property {string} chain
 */

/**
 * A browser asks to be paired.
 * @typedef {object} BeginParams
 * @property {string} name
 * @property {string} browser
 */

/**
 * A call of a client.
 * @typedef {object} Call
 * @property {number} id
 * @property {string} method
 * @property {Record<string, any>} params
 */

/**
 * Stop the call with this id; it ends in the error Cancelled unless it already ended.
 * @typedef {object} Cancel
 * @property {number} cancel
 */

/**
 * All networks; `current` is where new sites start.
 * @typedef {object} ChainList
 * @property {ChainView[]} chains
 * @property {string} current
 */

/**
 * Which chain: where new sites start, or to be removed.
 * @typedef {object} ChainParams
 * @property {string} chain
 */

/**
 * A network. `rpc_url` null: no endpoint set yet; `own`: the person added it.
 * @typedef {object} ChainView
 * @property {string} chain
 * @property {string} name
 * @property {string} symbol
 * @property {number} decimals
 * @property {boolean} testnet
 * @property {string | null} rpc_url
 * @property {string | null} explorer
 * @property {boolean} own
 */

/**
 * A change that waits, was done or called off. `asked_here`: by this device; `can_agree`: its person's word is wanted here; `agreed_by` and `waits_for` name devices; from `ready_at` on nobody has to agree.
 * @typedef {object} Change
 * @property {string} change_id
 * @property {"enrol_home_passkey" | "revoke_home_passkey"} act
 * @property {string} sentence
 * @property {string} asked_by
 * @property {boolean} asked_here
 * @property {boolean} can_agree
 * @property {string[]} agreed_by
 * @property {string[]} waits_for
 * @property {number} heard_at
 * @property {number} ready_at
 * @property {"waiting" | "kept" | "cancelled"} state
 */

/**
 * Which change.
 * @typedef {object} ChangeId
 * @property {string} change_id
 */

/**
 * Changes that wait, oldest first.
 * @typedef {object} ChangeList
 * @property {Change[]} changes
 */

/**
 * What leaves, arrives or is permitted. `amount` null means any amount; null `symbol`: unknown token.
 * @typedef {object} ChangeView
 * @property {"out" | "in" | "permission"} direction
 * @property {string} asset
 * @property {string | null} amount
 * @property {string | null} symbol
 * @property {string | null} token_name
 * @property {number | null} decimals
 * @property {string | null} counterparty
 * @property {number | null} expires_at
 */

/**
 * The person saw the same code in the browser.
 * @typedef {object} ConfirmParams
 * @property {string} code
 */

/**
 * Who asks: from `sender.origin`, tab, frame and document ids; never from the page's data.
 * @typedef {object} Context
 * @property {string} origin
 * @property {number} tab_id
 * @property {number} frame_id
 * @property {string} document_id
 */

/**
 * The code that the co-signer's own computer shows it.
 * @typedef {object} CosignerJoinParams
 * @property {string} code
 */

/**
 * The starter vault: 2 of this computer, its co-signer, and a recovery file. `slots` are the key slots to make where the wallet has none yet (passphrases from the CLI); a wallet whose home passkey already made them sends an empty list. `recovery_passphrase` protects the recovery file.
 * @typedef {object} CreateParams
 * @property {string} name
 * @property {SlotSecret[]} slots
 * @property {SealedSecret} recovery_passphrase
 */

/**
 * Create the site passkey in the page, by content.js.
 * @typedef {object} CreateSitePasskey
 * @property {"create_site_passkey"} step
 * @property {Target} target
 * @property {string} options_json
 */

/**
 * For `PublicKeyCredential.parseCreationOptionsFromJSON`.
 * @typedef {object} CreationOptions
 * @property {string} ceremony_id
 * @property {string} options_json
 */

/**
 * A labelled value of the folded part.
 * @typedef {object} Detail
 * @property {string} label
 * @property {string} value
 */

/**
 * A paired agent.
 * @typedef {object} Device
 * @property {string} identity
 * @property {string} name
 * @property {"device" | "cosigner" | "recovery_file"} kind
 * @property {string} relay_url
 * @property {boolean} connected
 * @property {number} paired_at
 * @property {boolean} restored
 */

/**
 * Which device.
 * @typedef {object} DeviceIdentity
 * @property {string} identity
 */

/**
 * All paired agents.
 * @typedef {object} DeviceList
 * @property {Device[]} devices
 */

/**
 * The agent's own checks: database, clock, relay, co-signer, recovery file, nodes.
 * @typedef {object} DiagnoseResult
 * @property {Diagnosis[]} checks
 * @property {Record<string, any>} facts
 */

/**
 * One check of the doctor that only the agent can make. `code` is stable; `command` can be pasted.
 * @typedef {object} Diagnosis
 * @property {string} code
 * @property {string} name
 * @property {"ok" | "note" | "wrong"} level
 * @property {string} found
 * @property {string | null} fix
 * @property {string | null} command
 */

/** No parameters, or nothing to say. @typedef {Record<string, never>} Empty */

/**
 * Use this node for this chain; its chain id is asked and must match.
 * @typedef {object} EndpointParams
 * @property {string} chain
 * @property {string} rpc_url
 */

/**
 * Something the client did not ask for.
 * @typedef {object} Event
 * @property {string} event
 * @property {number} seq
 * @property {Record<string, any>} data
 */

/**
 * Unsigned or signed bytes of a chain, to be put into words.
 * @typedef {object} ExplainParams
 * @property {string} chain
 * @property {string} raw
 * @property {string | null} account
 */

/**
 * What the bytes do.
 * @typedef {object} Explanation
 * @property {string} sentence
 * @property {string} act
 * @property {string | null} to
 * @property {ChangeView[]} changes
 * @property {Fee | null} fee
 * @property {FindingView[]} findings
 * @property {FindingView | null} refusal
 * @property {Detail[]} details
 */

/**
 * Write this computer's own share of a vault as a recovery file under a passphrase.
 * @typedef {object} ExportParams
 * @property {string} vault_id
 * @property {SealedSecret} passphrase
 */

/**
 * The end of a call that did not. `id` is null where the frame could not be read.
 * @typedef {object} Failure
 * @property {number | null} id
 * @property {Fault} error
 */

/**
 * An error as it crosses the wire. `code` and `reason` are stable.
 * @typedef {object} Fault
 * @property {number} code
 * @property {string} reason
 * @property {string} message
 * @property {string | null} remedy
 * @property {Record<string, any>} details
 */

/**
 * The most that the network can charge.
 * @typedef {object} Fee
 * @property {string} cap
 * @property {string} symbol
 * @property {number} decimals
 */

/**
 * A thing to weigh, worst first.
 * @typedef {object} FindingView
 * @property {string} code
 * @property {"info" | "caution" | "danger"} level
 * @property {string} sentence
 * @property {string} why
 * @property {string} action
 */

/**
 * The answer of `navigator.credentials.create` (`toJSON()`, without PRF results) and, where the authenticator has PRF, its outputs as key slots: the first for the agent, the second for the co-signer. Empty `slots` where it has none: the page then asks for passphrases with `passkey_addSlots`.
 * @typedef {object} FinishHomeParams
 * @property {string} ceremony_id
 * @property {Record<string, any>} response
 * @property {string} name
 * @property {SlotSecret[]} slots
 */

/**
 * Nothing more to do: the view says how it ended.
 * @typedef {object} Finished
 * @property {"done"} step
 * @property {RequestView} request
 */

/**
 * The first call on every connection. `client` is stamped by the stub, not by the page.
 * @typedef {object} HelloParams
 * @property {number[]} protocols
 * @property {"browser" | "cli"} client
 * @property {string} version
 * @property {string | null} schema_sha256
 * @property {ProfileProof | null} profile
 */

/**
 * One protocol both sides speak, or the error UnsupportedVersion with what to update.
 * @typedef {object} HelloResult
 * @property {number} protocol
 * @property {string} version
 * @property {string} schema_sha256
 * @property {"browser" | "profile" | "cli"} role
 * @property {AgentState} state
 */

/**
 * The pairing code that another device shows. A co-signer answers it by itself (`cosigner`), for its own computer.
 * @typedef {object} JoinParams
 * @property {string} code
 * @property {string | null} name
 */

/**
 * Base units of one asset that may leave in a day with nobody asked; null narrows nothing.
 * @typedef {object} LimitView
 * @property {string} site
 * @property {string} chain
 * @property {string} asset
 * @property {string} per_day
 * @property {string | null} account
 * @property {string | null} contact
 * @property {string | null} act
 */

/**
 * `pending` only, or all; `before` is a `seq`.
 * @typedef {object} ListParams
 * @property {boolean} pending
 * @property {number | null} before
 * @property {number} limit
 */

/**
 * An address of this computer that other devices reach; port 0 takes a free one.
 * @typedef {object} ListenParams
 * @property {string} host
 * @property {number} port
 */

/**
 * How this wallet can be unlocked. `request_options_json` is for `navigator.credentials.get` with PRF; its first output is for the agent, its second for the co-signer, so neither sees the other's.
 * @typedef {object} LockOptions
 * @property {string | null} request_options_json
 * @property {boolean} passphrase
 * @property {boolean} cosigner
 */

/**
 * Which parties on this computer have their share at hand, and until when if idle.
 * @typedef {object} LockState
 * @property {boolean} agent_unlocked
 * @property {boolean} cosigner_unlocked
 * @property {number | null} idle_lock_at
 */

/**
 * One decision and the hash that chains it.
 * @typedef {object} LogEntry
 * @property {number} seq
 * @property {number} time
 * @property {string} kind
 * @property {Record<string, any>} body
 * @property {string} hash
 */

/**
 * The chain holds up to here.
 * @typedef {object} LogHead
 * @property {number} seq
 * @property {string} hash
 */

/**
 * A page of the log.
 * @typedef {object} LogPage
 * @property {LogEntry[]} entries
 * @property {boolean} more
 */

/**
 * Newest first, before a number.
 * @typedef {object} LogParams
 * @property {number | null} before
 * @property {number} limit
 */

/**
 * The next step of a decision.
 * @typedef {object} Next
 * @property {CreateSitePasskey | AssertSitePasskey | AssertHomePasskey | WaitForOthers | Finished} next
 */

/**
 * Show a pairing code. `relay_url` null: this computer's own relay. `name`: what this device is called elsewhere.
 * @typedef {object} OfferParams
 * @property {string | null} relay_url
 * @property {string | null} name
 */

/**
 * `done`, or the change that waits.
 * @typedef {object} Outcome
 * @property {boolean} done
 * @property {Change | null} change
 */

/**
 * Why a page or the window could not use its passkey: the DOMException's name and message.
 * @typedef {object} PageFailure
 * @property {string} name
 * @property {string} message
 */

/**
 * The profile's lasting proof; the agent keeps only a hash of the token.
 * @typedef {object} Paired
 * @property {string} profile_id
 * @property {string} token
 */

/**
 * A pairing that waits for its code to be compared: six digits, on screen and in the terminal.
 * @typedef {object} Pairing
 * @property {string} pairing_id
 * @property {string} code
 * @property {string} name
 * @property {string} browser
 * @property {string} extension
 * @property {number} expires_at
 */

/**
 * Which pairing.
 * @typedef {object} PairingId
 * @property {string} pairing_id
 */

/**
 * Pairings that wait.
 * @typedef {object} PairingList
 * @property {Pairing[]} pairings
 */

/**
 * Which pairing, and the stage that the client knows: the answer comes when there is another, or after a while.
 * @typedef {object} PairingParams
 * @property {string} pairing_id
 * @property {string} seen
 */

/**
 * Which pairing.
 * @typedef {object} PairingRef
 * @property {string} pairing_id
 */

/**
 * A pairing as it goes on. `words` are compared by the people at both devices while `stage` is `compare`. `confirmed`: here, and not yet there.
 * @typedef {object} PairingView
 * @property {string} pairing_id
 * @property {"waiting" | "compare" | "confirmed" | "paired" | "failed"} stage
 * @property {string | null} code
 * @property {string | null} uri
 * @property {string} relay_url
 * @property {number} expires_at
 * @property {string[]} words
 * @property {string} peer_name
 * @property {string | null} identity
 * @property {Fault | null} error
 */

/**
 * One party's policy. `interactive`: its person is always asked. `version` 0: never set.
 * @typedef {object} PartyPolicy
 * @property {number} index
 * @property {string} name
 * @property {boolean} is_this
 * @property {boolean} shares_screen
 * @property {boolean} interactive
 * @property {LimitView[]} limits
 * @property {string[]} in_words
 * @property {number} version
 */

/**
 * Where a party of the ceremony is.
 * @typedef {object} PartyProgress
 * @property {number} index
 * @property {string} name
 * @property {"device" | "cosigner" | "recovery_file"} kind
 * @property {"waiting" | "joined" | "working" | "done" | "failed" | "asleep" | "asked" | "agreed"} state
 */

/**
 * A party as people see it.
 * @typedef {object} PartyView
 * @property {number} index
 * @property {string} name
 * @property {"device" | "cosigner" | "recovery_file"} kind
 * @property {boolean} is_this
 * @property {boolean} poisoned
 */

/**
 * A passkey as people see it. `place` and `maker` are what it says of itself, not proven. `may` and `advice` are sentences. `can_unlock`: it has PRF; `unlocks_here`: it has a key slot on this computer.
 * @typedef {object} Passkey
 * @property {string} credential_id
 * @property {"home" | "site"} role
 * @property {string} origin
 * @property {string} name
 * @property {"synced" | "device" | "hardware" | "unknown"} place
 * @property {string | null} maker
 * @property {PasskeyUse[]} uses
 * @property {string[]} may
 * @property {string} advice
 * @property {boolean} can_unlock
 * @property {boolean} unlocks_here
 * @property {number} created_at
 * @property {number | null} last_used_at
 * @property {number} record_version
 */

/**
 * Which passkey.
 * @typedef {object} PasskeyId
 * @property {string} credential_id
 */

/**
 * All passkeys on record.
 * @typedef {object} PasskeyList
 * @property {Passkey[]} passkeys
 */

/**
 * Where a passkey is used: the wallet itself, a site, a Safe account (its address).
 * @typedef {object} PasskeyUse
 * @property {"home" | "site" | "safe"} kind
 * @property {string} name
 */

/**
 * The policies of a vault's parties.
 * @typedef {object} PolicyList
 * @property {PartyPolicy[]} policies
 */

/**
 * Which vault.
 * @typedef {object} PolicyOf
 * @property {string} vault_id
 */

/**
 * A paired browser profile.
 * @typedef {object} Profile
 * @property {string} profile_id
 * @property {string} name
 * @property {string} browser
 * @property {number} created_at
 * @property {number | null} last_seen_at
 */

/**
 * Which profile.
 * @typedef {object} ProfileId
 * @property {string} profile_id
 */

/**
 * All that are paired.
 * @typedef {object} ProfileList
 * @property {Profile[]} profiles
 */

/**
 * What a paired browser profile shows: its id and the token it was given once.
 * @typedef {object} ProfileProof
 * @property {string} profile_id
 * @property {string} token
 */

/**
 * Where long work is. `token` is the request id, the vault id or the word the caller knows it by.
 * @typedef {object} Progress
 * @property {string} token
 * @property {string} stage
 * @property {number} step
 * @property {number} of
 * @property {PartyProgress[]} parties
 */

/**
 * A new Safe: of the home passkey, or of the passkey of a connected `site`. `chain`: a network where Safe's contracts stand; null for the one on which new sites start.
 * @typedef {object} ProposeParams
 * @property {string | null} site
 * @property {string | null} chain
 */

/**
 * The file as it was saved, and its passphrase: proof that it can be found and opened.
 * @typedef {object} ProveParams
 * @property {string} vault_id
 * @property {string} content
 * @property {SealedSecret} passphrase
 */

/**
 * An error in the numbers of EIP-1193 and EIP-1474.
 * @typedef {object} ProviderError
 * @property {number} code
 * @property {string} message
 * @property {Record<string, any>} data
 */

/**
 * For the pages of one site: accountsChanged, chainChanged, connect, disconnect, message; for all or for one of them.
 * @typedef {object} ProviderEvent
 * @property {string} origin
 * @property {"accountsChanged" | "chainChanged" | "connect" | "disconnect" | "message"} name
 * @property {string} data_json
 * @property {string | null} document_id
 */

/**
 * `call_id` is the page's own id of this call: asking again with the same document and id attaches to the same request. `payload` is the JSON text of `{method, params}`.
 * @typedef {object} ProviderParams
 * @property {Context} context
 * @property {string} call_id
 * @property {string} payload
 */

/**
 * Exactly one of the two. `result_json` is JSON text.
 * @typedef {object} ProviderResult
 * @property {string | null} result_json
 * @property {ProviderError | null} error
 */

/**
 * What the injected provider starts with.
 * @typedef {object} ProviderState
 * @property {string} chain_id
 * @property {string} network_version
 * @property {string[]} accounts
 */

/**
 * A paired agent is found at another relay now.
 * @typedef {object} ReachParams
 * @property {string} identity
 * @property {string} relay_url
 */

/**
 * Where this computer's relay listens; `shared_url` null: for this computer alone.
 * @typedef {object} RelayView
 * @property {string | null} own_url
 * @property {string | null} shared_url
 */

/**
 * Another name for a passkey, on this computer only.
 * @typedef {object} RenameParams
 * @property {string} credential_id
 * @property {string} name
 */

/**
 * The end of a call that went well.
 * @typedef {object} Reply
 * @property {number} id
 * @property {Record<string, any>} result
 */

/**
 * Which request.
 * @typedef {object} RequestId
 * @property {string} request_id
 */

/**
 * A page of requests, newest first.
 * @typedef {object} RequestList
 * @property {RequestView[]} requests
 * @property {boolean} more
 */

/**
 * All that the window shows, decoded from the bytes.
 * @typedef {object} RequestView
 * @property {string} request_id
 * @property {number} seq
 * @property {"proposed" | "consented" | "approved" | "released" | "signed" | "sent" | "final" | "refused" | "expired" | "failed" | "dead"} state
 * @property {"connect" | "transaction" | "message" | "typed_data" | "add_chain" | "set_node" | "watch_asset" | "safe" | "administration"} kind
 * @property {string} method
 * @property {string} origin
 * @property {string | null} asked_by
 * @property {string} registrable_domain
 * @property {number} created_at
 * @property {number} expires_at
 * @property {string | null} account_id
 * @property {string | null} account_name
 * @property {string | null} address
 * @property {string | null} chain
 * @property {string | null} chain_name
 * @property {boolean} testnet
 * @property {string} act
 * @property {string} sentence
 * @property {string | null} to
 * @property {ChangeView[]} changes
 * @property {Fee | null} fee
 * @property {FindingView[]} findings
 * @property {FindingView | null} refusal
 * @property {string | null} text
 * @property {Detail[]} details
 * @property {string[]} words
 * @property {number[]} notches
 * @property {"none" | "present"} site_passkey
 * @property {AccountChoice[]} account_choices
 * @property {PartyProgress[]} parties
 * @property {string | null} transaction_id
 * @property {boolean} reverted
 * @property {string | null} explorer_url
 * @property {Fault | null} error
 * @property {number} position
 * @property {number} waiting
 * @property {SimulationView | null} simulation
 * @property {string | null} parent_id
 * @property {("speed_up" | "cancel" | "fill")[]} choices
 * @property {string | null} note
 */

/**
 * A request moved, or a new one waits. `pending` lists the waiting ones, oldest first.
 * @typedef {object} RequestsChanged
 * @property {string} request_id
 * @property {"proposed" | "consented" | "approved" | "released" | "signed" | "sent" | "final" | "refused" | "expired" | "failed" | "dead"} state
 * @property {string[]} pending
 */

/**
 * Carry out a change. `response` is the home passkey's answer (`toJSON()`); `recovery_passphrase` protects the new recovery file. Where there is one, `backup_download` and `backup_prove` finish the change: until then the old shares sign, and `recovery_proven` is false.
 * @typedef {object} ReshareParams
 * @property {string} change_id
 * @property {Record<string, any> | null} response
 * @property {SealedSecret} recovery_passphrase
 */

/**
 * A change of a vault's parties that waits for its approval: options for `navigator.credentials.get` with the home passkey, or null where this wallet has none and being unlocked is enough.
 * @typedef {object} ReshareStep
 * @property {string} change_id
 * @property {string | null} request_options_json
 */

/**
 * A fresh X25519 key of one recipient; opens one box, once, and soon forgets it.
 * @typedef {object} SealKey
 * @property {"agent" | "cosigner"} recipient
 * @property {string} session_id
 * @property {string} public_key
 */

/**
 * For whom fresh keys are wanted.
 * @typedef {object} SealOpenParams
 * @property {("agent" | "cosigner")[]} recipients
 */

/**
 * One key for each recipient asked for, in that order.
 * @typedef {object} SealOpenResult
 * @property {SealKey[]} keys
 */

/**
 * A secret sealed with HPKE to a key from `seal_open`: `box` is enc ‖ ciphertext.
 * @typedef {object} SealedSecret
 * @property {string} session_id
 * @property {string} box
 */

/**
 * `device`: the paired device that takes the co-signer's place.
 * @typedef {object} SecondDeviceParams
 * @property {string} vault_id
 * @property {string} device
 */

/**
 * An act of administration: it waits in the wallet's window, and for the person of every other device.
 * @typedef {object} SetParams
 * @property {string} vault_id
 * @property {number} party
 * @property {boolean} interactive
 * @property {LimitView[]} limits
 */

/**
 * What the person's node says would happen: `simulated`, `checked` only that it does not fail, or `none`. Shown beside the bytes, never part of what is approved: it may come after the window, and `seq` stays as it is.
 * @typedef {object} SimulationView
 * @property {"simulated" | "checked" | "none"} level
 * @property {string} sentence
 * @property {ChangeView[]} changes
 * @property {FindingView | null} failure
 */

/**
 * A connected site.
 * @typedef {object} Site
 * @property {string} origin
 * @property {string[]} accounts
 * @property {string} chain
 * @property {boolean} has_passkey
 * @property {number} connected_at
 */

/**
 * All connected sites.
 * @typedef {object} SiteList
 * @property {Site[]} sites
 */

/**
 * Which site.
 * @typedef {object} SiteOrigin
 * @property {string} origin
 */

/**
 * For `navigator.credentials.get` with PRF, of one passkey; approves nothing.
 * @typedef {object} SlotOptions
 * @property {string} request_options_json
 */

/**
 * What opens (or makes) one key slot of one recipient.
 * @typedef {object} SlotSecret
 * @property {"agent" | "cosigner"} recipient
 * @property {"prf" | "passphrase"} kind
 * @property {string | null} credential_id
 * @property {SealedSecret} secret
 */

/**
 * The agent's state as `agent_state` would answer it.
 * @typedef {object} StateChanged
 * @property {AgentState} state
 */

/**
 * The answer to `stub_hello`, given at once. `failed`: open a new port to try again.
 * @typedef {object} StubHello
 * @property {string} stub_version
 * @property {number[]} protocols
 * @property {"running" | "starting" | "failed"} agent
 */

/**
 * The agent behind this port changed: after `running` say `agent_hello` again.
 * @typedef {object} StubState
 * @property {"running" | "starting" | "failed"} agent
 */

/**
 * The document is gone: its waiting requests are refused.
 * @typedef {object} TabClosed
 * @property {number} tab_id
 * @property {string | null} document_id
 */

/**
 * The very document that asked.
 * @typedef {object} Target
 * @property {string} origin
 * @property {number} tab_id
 * @property {number} frame_id
 * @property {string} document_id
 */

/**
 * Where the bundled test page is served on this computer.
 * @typedef {object} TryItResult
 * @property {string} url
 */

/**
 * One secret for each party on this computer that is to be unlocked.
 * @typedef {object} UnlockParams
 * @property {SlotSecret[]} secrets
 */

/**
 * A vault: who shares its keys, and whether its addresses may be shown.
 * @typedef {object} Vault
 * @property {string} vault_id
 * @property {string} name
 * @property {number} epoch
 * @property {number} threshold
 * @property {PartyView[]} parties
 * @property {"creating" | "ready"} state
 * @property {boolean} recovery_proven
 * @property {boolean} second_file_proven
 * @property {boolean} receive_ready
 * @property {number} created_at
 */

/**
 * Which vault.
 * @typedef {object} VaultId
 * @property {string} vault_id
 */

/**
 * All vaults of this agent.
 * @typedef {object} VaultList
 * @property {Vault[]} vaults
 */

/**
 * Any recovery file and its passphrase.
 * @typedef {object} VerifyParams
 * @property {string} content
 * @property {SealedSecret} passphrase
 */

/**
 * What a recovery file says of itself, and whether it belongs to a vault here and is current.
 * @typedef {object} VerifyResult
 * @property {string} vault_id
 * @property {string} vault_name
 * @property {number} epoch
 * @property {number} party_index
 * @property {number} threshold
 * @property {number} created_at
 * @property {boolean} known
 * @property {boolean} current
 */

/**
 * A person on another device decides now. When the request moves, ask for its view, and approve that: it goes on.
 * @typedef {object} WaitForOthers
 * @property {"wait_for_others"} step
 * @property {RequestView} request
 */

/**
 * Whether both devices show the same words. `accepts_share`: the other device may then give this one its first share of a vault, within half an hour.
 * @typedef {object} WordsParams
 * @property {string} pairing_id
 * @property {boolean} same
 * @property {boolean} accepts_share
 */

/** @typedef {{ agent_hello: { params: HelloParams, result: HelloResult }, agent_state: { params: Empty, result: AgentState }, agent_diagnose: { params: Empty, result: DiagnoseResult }, agent_tryIt: { params: Empty, result: TryItResult }, agent_shutdown: { params: Empty, result: Empty }, profile_begin: { params: BeginParams, result: Pairing }, profile_await: { params: PairingId, result: Paired }, profile_pending: { params: Empty, result: PairingList }, profile_confirm: { params: ConfirmParams, result: Profile }, profile_list: { params: Empty, result: ProfileList }, profile_revoke: { params: ProfileId, result: Empty }, device_list: { params: Empty, result: DeviceList }, device_offer: { params: OfferParams, result: PairingView }, device_join: { params: JoinParams, result: PairingView }, device_pairing: { params: PairingParams, result: PairingView }, device_confirm: { params: WordsParams, result: PairingView }, device_cancel: { params: PairingRef, result: Empty }, device_agree: { params: AgreeParams, result: Empty }, device_forget: { params: DeviceIdentity, result: Empty }, device_joinAsCosigner: { params: CosignerJoinParams, result: Device }, relay_state: { params: Empty, result: RelayView }, relay_listen: { params: ListenParams, result: RelayView }, relay_unlisten: { params: Empty, result: RelayView }, device_reach: { params: ReachParams, result: Empty }, seal_open: { params: SealOpenParams, result: SealOpenResult }, lock_options: { params: Empty, result: LockOptions }, lock_unlock: { params: UnlockParams, result: LockState }, lock_lock: { params: Empty, result: LockState }, lock_state: { params: Empty, result: LockState }, vault_list: { params: Empty, result: VaultList }, vault_show: { params: VaultId, result: Vault }, vault_create: { params: CreateParams, result: Vault }, vault_beginRefresh: { params: VaultId, result: ReshareStep }, vault_beginSecondDevice: { params: SecondDeviceParams, result: ReshareStep }, vault_reshare: { params: ReshareParams, result: Vault }, backup_download: { params: VaultId, result: BackupFile }, backup_prove: { params: ProveParams, result: Vault }, backup_verify: { params: VerifyParams, result: VerifyResult }, backup_export: { params: ExportParams, result: BackupFile }, account_list: { params: Empty, result: AccountList }, account_balance: { params: BalanceParams, result: Balance }, passkey_beginHome: { params: Empty, result: CreationOptions }, passkey_finishHome: { params: FinishHomeParams, result: Passkey }, passkey_addSlots: { params: AddSlotsParams, result: Empty }, passkey_list: { params: Empty, result: PasskeyList }, passkey_addHome: { params: AddHomeParams, result: AdminStep }, passkey_remove: { params: PasskeyId, result: AdminStep }, passkey_rename: { params: RenameParams, result: Empty }, passkey_slotOptions: { params: PasskeyId, result: SlotOptions }, change_approve: { params: ApproveChangeParams, result: Outcome }, change_list: { params: Empty, result: ChangeList }, change_agree: { params: ChangeId, result: Change }, change_cancel: { params: ChangeId, result: Change }, request_list: { params: ListParams, result: RequestList }, request_get: { params: RequestId, result: RequestView }, request_approve: { params: ApproveParams, result: Next }, request_answer: { params: AnswerParams, result: Next }, request_renew: { params: RequestId, result: Next }, request_refuse: { params: RequestId, result: RequestView }, request_refuseAll: { params: Empty, result: Empty }, request_speedUp: { params: RequestId, result: RequestView }, request_cancel: { params: RequestId, result: RequestView }, request_fill: { params: RequestId, result: RequestView }, tx_explain: { params: ExplainParams, result: Explanation }, provider_request: { params: ProviderParams, result: ProviderResult }, provider_state: { params: Context, result: ProviderState }, provider_closed: { params: TabClosed, result: Empty }, site_list: { params: Empty, result: SiteList }, site_revoke: { params: SiteOrigin, result: Empty }, chain_list: { params: Empty, result: ChainList }, chain_setEndpoint: { params: EndpointParams, result: ChainView }, chain_add: { params: AddChainParams, result: ChainView }, chain_remove: { params: ChainParams, result: ChainList }, chain_setDefault: { params: ChainParams, result: ChainList }, log_show: { params: LogParams, result: LogPage }, log_verify: { params: Empty, result: LogHead }, safe_propose: { params: ProposeParams, result: RequestView }, policy_show: { params: PolicyOf, result: PolicyList }, policy_set: { params: SetParams, result: RequestView }, stub_hello: { params: Empty, result: StubHello } }} Methods */
/** @typedef {{ requests_changed: RequestsChanged, provider_event: ProviderEvent, progress: Progress, state_changed: StateChanged, stub_state: StubState }} Events */

const shapeOfAccount = record({
  account_id: text(/^[0-9a-f]{32}$/u),
  vault_id: text(/^[0-9a-f]{32}$/u),
  name: text(null, 1, 64),
  namespace: text(null, 0, 4096),
  address: either(text(null, 0, 4096), nothing),
  receive_ready: flag,
  kind: oneOf(["vault", "safe"]),
  chains: list(text(/^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}$/u)),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkAccount(value, at = "Account") {
  return shapeOfAccount(value, at);
}

const shapeOfAccountChoice = record({
  account_id: text(/^[0-9a-f]{32}$/u),
  name: text(null, 1, 64),
  address: text(null, 0, 4096),
  kind: oneOf(["vault", "safe"]),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkAccountChoice(value, at = "AccountChoice") {
  return shapeOfAccountChoice(value, at);
}

const shapeOfAccountList = record({
  accounts: list(checkAccount),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkAccountList(value, at = "AccountList") {
  return shapeOfAccountList(value, at);
}

const shapeOfAddChainParams = record({
  chain: text(/^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}$/u),
  name: text(null, 1, 64),
  symbol: text(null, 1, 64),
  coin: text(null, 1, 64),
  rpc_url: text(null, 0, 4096),
  explorer: either(text(null, 0, 4096), nothing),
  testnet: flag,
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkAddChainParams(value, at = "AddChainParams") {
  return shapeOfAddChainParams(value, at);
}

const shapeOfAddHomeParams = record({
  ceremony_id: text(/^[0-9a-f]{32}$/u),
  response: object,
  name: text(null, 1, 64),
  can_unlock: flag,
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkAddHomeParams(value, at = "AddHomeParams") {
  return shapeOfAddHomeParams(value, at);
}

const shapeOfAddSlotsParams = record({
  slots: list(checkSlotSecret),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkAddSlotsParams(value, at = "AddSlotsParams") {
  return shapeOfAddSlotsParams(value, at);
}

const shapeOfAdminStep = record({
  step_id: text(/^[0-9a-f]{32}$/u),
  options_json: text(null, 0, 1000000),
  why: text(null, 0, 4096),
  needs_person: flag,
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkAdminStep(value, at = "AdminStep") {
  return shapeOfAdminStep(value, at);
}

const shapeOfAgentState = record({
  paired: flag,
  onboarding: oneOf(["home_passkey", "vault", "recovery_file", "try_it", "done"]),
  locked: flag,
  pending_requests: whole(0, 9007199254740991),
  cosigner: oneOf(["none", "starting", "running", "stopped"]),
  relay_url: either(text(null, 0, 4096), nothing),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkAgentState(value, at = "AgentState") {
  return shapeOfAgentState(value, at);
}

const shapeOfAgreeParams = record({
  identity: text(/^[A-Za-z0-9_-]*$/u, 0, 262144),
  vault_id: either(text(/^[0-9a-f]{32}$/u), nothing),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkAgreeParams(value, at = "AgreeParams") {
  return shapeOfAgreeParams(value, at);
}

const shapeOfAnswerParams = record({
  request_id: text(/^[0-9a-f]{32}$/u),
  step: oneOf(["create_site_passkey", "assert_site_passkey", "assert_home_passkey"]),
  response: either(object, nothing),
  failure: either(checkPageFailure, nothing),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkAnswerParams(value, at = "AnswerParams") {
  return shapeOfAnswerParams(value, at);
}

const shapeOfApproveChangeParams = record({
  step_id: text(/^[0-9a-f]{32}$/u),
  response: object,
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkApproveChangeParams(value, at = "ApproveChangeParams") {
  return shapeOfApproveChangeParams(value, at);
}

const shapeOfApproveParams = record({
  request_id: text(/^[0-9a-f]{32}$/u),
  seq: whole(0, 9007199254740991),
  account_ids: list(text(/^[0-9a-f]{32}$/u)),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkApproveParams(value, at = "ApproveParams") {
  return shapeOfApproveParams(value, at);
}

const shapeOfAssertHomePasskey = record({
  step: oneOf(["assert_home_passkey"]),
  options_json: text(null, 0, 1000000),
  why: text(null, 0, 4096),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkAssertHomePasskey(value, at = "AssertHomePasskey") {
  return shapeOfAssertHomePasskey(value, at);
}

const shapeOfAssertSitePasskey = record({
  step: oneOf(["assert_site_passkey"]),
  target: checkTarget,
  options_json: text(null, 0, 1000000),
  words: list(text(null, 0, 4096)),
  notches: list(whole(0, 9007199254740991)),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkAssertSitePasskey(value, at = "AssertSitePasskey") {
  return shapeOfAssertSitePasskey(value, at);
}

const shapeOfBackupFile = record({
  file_name: text(null, 1, 64),
  content: text(/^[A-Za-z0-9_-]*$/u, 0, 262144),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkBackupFile(value, at = "BackupFile") {
  return shapeOfBackupFile(value, at);
}

const shapeOfBalance = record({
  amount: either(text(/^(0|[1-9][0-9]{0,77})$/u), nothing),
  symbol: text(null, 0, 4096),
  decimals: whole(0, 9007199254740991),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkBalance(value, at = "Balance") {
  return shapeOfBalance(value, at);
}

const shapeOfBalanceParams = record({
  account_id: text(/^[0-9a-f]{32}$/u),
  chain: text(/^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}$/u),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkBalanceParams(value, at = "BalanceParams") {
  return shapeOfBalanceParams(value, at);
}

const shapeOfBeginParams = record({
  name: text(null, 1, 64),
  browser: text(null, 1, 64),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkBeginParams(value, at = "BeginParams") {
  return shapeOfBeginParams(value, at);
}

const shapeOfCall = record({
  id: whole(0, 9007199254740991),
  method: text(null, 0, 64),
  params: object,
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkCall(value, at = "Call") {
  return shapeOfCall(value, at);
}

const shapeOfCancel = record({
  cancel: whole(0, 9007199254740991),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkCancel(value, at = "Cancel") {
  return shapeOfCancel(value, at);
}

const shapeOfChainList = record({
  chains: list(checkChainView),
  current: text(/^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}$/u),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkChainList(value, at = "ChainList") {
  return shapeOfChainList(value, at);
}

const shapeOfChainParams = record({
  chain: text(/^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}$/u),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkChainParams(value, at = "ChainParams") {
  return shapeOfChainParams(value, at);
}

const shapeOfChainView = record({
  chain: text(/^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}$/u),
  name: text(null, 0, 4096),
  symbol: text(null, 0, 4096),
  decimals: whole(0, 9007199254740991),
  testnet: flag,
  rpc_url: either(text(null, 0, 4096), nothing),
  explorer: either(text(null, 0, 4096), nothing),
  own: flag,
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkChainView(value, at = "ChainView") {
  return shapeOfChainView(value, at);
}

const shapeOfChange = record({
  change_id: text(/^[0-9a-f]{32}$/u),
  act: oneOf(["enrol_home_passkey", "revoke_home_passkey"]),
  sentence: text(null, 0, 4096),
  asked_by: text(null, 0, 4096),
  asked_here: flag,
  can_agree: flag,
  agreed_by: list(text(null, 0, 4096)),
  waits_for: list(text(null, 0, 4096)),
  heard_at: whole(0, 9007199254740991),
  ready_at: whole(0, 9007199254740991),
  state: oneOf(["waiting", "kept", "cancelled"]),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkChange(value, at = "Change") {
  return shapeOfChange(value, at);
}

const shapeOfChangeId = record({
  change_id: text(/^[0-9a-f]{32}$/u),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkChangeId(value, at = "ChangeId") {
  return shapeOfChangeId(value, at);
}

const shapeOfChangeList = record({
  changes: list(checkChange),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkChangeList(value, at = "ChangeList") {
  return shapeOfChangeList(value, at);
}

const shapeOfChangeView = record({
  direction: oneOf(["out", "in", "permission"]),
  asset: text(null, 0, 4096),
  amount: either(text(/^(0|[1-9][0-9]{0,77})$/u), nothing),
  symbol: either(text(null, 0, 4096), nothing),
  token_name: either(text(null, 0, 4096), nothing),
  decimals: either(whole(0, 9007199254740991), nothing),
  counterparty: either(text(null, 0, 4096), nothing),
  expires_at: either(whole(0, 9007199254740991), nothing),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkChangeView(value, at = "ChangeView") {
  return shapeOfChangeView(value, at);
}

const shapeOfConfirmParams = record({
  code: text(null, 0, 4096),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkConfirmParams(value, at = "ConfirmParams") {
  return shapeOfConfirmParams(value, at);
}

const shapeOfContext = record({
  origin: text(null, 3, 512),
  tab_id: whole(0, 9007199254740991),
  frame_id: whole(0, 9007199254740991),
  document_id: text(null, 0, 4096),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkContext(value, at = "Context") {
  return shapeOfContext(value, at);
}

const shapeOfCosignerJoinParams = record({
  code: text(null, 0, 4096),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkCosignerJoinParams(value, at = "CosignerJoinParams") {
  return shapeOfCosignerJoinParams(value, at);
}

const shapeOfCreateParams = record({
  name: text(null, 1, 64),
  slots: list(checkSlotSecret),
  recovery_passphrase: checkSealedSecret,
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkCreateParams(value, at = "CreateParams") {
  return shapeOfCreateParams(value, at);
}

const shapeOfCreateSitePasskey = record({
  step: oneOf(["create_site_passkey"]),
  target: checkTarget,
  options_json: text(null, 0, 1000000),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkCreateSitePasskey(value, at = "CreateSitePasskey") {
  return shapeOfCreateSitePasskey(value, at);
}

const shapeOfCreationOptions = record({
  ceremony_id: text(/^[0-9a-f]{32}$/u),
  options_json: text(null, 0, 1000000),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkCreationOptions(value, at = "CreationOptions") {
  return shapeOfCreationOptions(value, at);
}

const shapeOfDetail = record({
  label: text(null, 0, 4096),
  value: text(null, 0, 1000000),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkDetail(value, at = "Detail") {
  return shapeOfDetail(value, at);
}

const shapeOfDevice = record({
  identity: text(/^[A-Za-z0-9_-]*$/u, 0, 262144),
  name: text(null, 1, 64),
  kind: oneOf(["device", "cosigner", "recovery_file"]),
  relay_url: text(null, 0, 4096),
  connected: flag,
  paired_at: whole(0, 9007199254740991),
  restored: flag,
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkDevice(value, at = "Device") {
  return shapeOfDevice(value, at);
}

const shapeOfDeviceIdentity = record({
  identity: text(/^[A-Za-z0-9_-]*$/u, 0, 262144),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkDeviceIdentity(value, at = "DeviceIdentity") {
  return shapeOfDeviceIdentity(value, at);
}

const shapeOfDeviceList = record({
  devices: list(checkDevice),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkDeviceList(value, at = "DeviceList") {
  return shapeOfDeviceList(value, at);
}

const shapeOfDiagnoseResult = record({
  checks: list(checkDiagnosis),
  facts: object,
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkDiagnoseResult(value, at = "DiagnoseResult") {
  return shapeOfDiagnoseResult(value, at);
}

const shapeOfDiagnosis = record({
  code: text(null, 0, 4096),
  name: text(null, 1, 64),
  level: oneOf(["ok", "note", "wrong"]),
  found: text(null, 0, 4096),
  fix: either(text(null, 0, 4096), nothing),
  command: either(text(null, 0, 4096), nothing),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkDiagnosis(value, at = "Diagnosis") {
  return shapeOfDiagnosis(value, at);
}

const shapeOfEmpty = record({});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkEmpty(value, at = "Empty") {
  return shapeOfEmpty(value, at);
}

const shapeOfEndpointParams = record({
  chain: text(/^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}$/u),
  rpc_url: text(null, 0, 4096),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkEndpointParams(value, at = "EndpointParams") {
  return shapeOfEndpointParams(value, at);
}

const shapeOfEvent = record({
  event: text(null),
  seq: whole(0, 9007199254740991),
  data: object,
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkEvent(value, at = "Event") {
  return shapeOfEvent(value, at);
}

const shapeOfExplainParams = record({
  chain: text(/^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}$/u),
  raw: text(/^0x([0-9a-f]{2})*$/u, 0, 524288),
  account: either(text(null, 0, 4096), nothing),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkExplainParams(value, at = "ExplainParams") {
  return shapeOfExplainParams(value, at);
}

const shapeOfExplanation = record({
  sentence: text(null, 0, 4096),
  act: text(null, 0, 4096),
  to: either(text(null, 0, 4096), nothing),
  changes: list(checkChangeView),
  fee: either(checkFee, nothing),
  findings: list(checkFindingView),
  refusal: either(checkFindingView, nothing),
  details: list(checkDetail),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkExplanation(value, at = "Explanation") {
  return shapeOfExplanation(value, at);
}

const shapeOfExportParams = record({
  vault_id: text(/^[0-9a-f]{32}$/u),
  passphrase: checkSealedSecret,
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkExportParams(value, at = "ExportParams") {
  return shapeOfExportParams(value, at);
}

const shapeOfFailure = record({
  id: either(whole(0, 9007199254740991), nothing),
  error: checkFault,
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkFailure(value, at = "Failure") {
  return shapeOfFailure(value, at);
}

const shapeOfFault = record({
  code: whole(),
  reason: text(null),
  message: text(null),
  remedy: either(text(null), nothing),
  details: object,
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkFault(value, at = "Fault") {
  return shapeOfFault(value, at);
}

const shapeOfFee = record({
  cap: text(/^(0|[1-9][0-9]{0,77})$/u),
  symbol: text(null, 0, 4096),
  decimals: whole(0, 9007199254740991),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkFee(value, at = "Fee") {
  return shapeOfFee(value, at);
}

const shapeOfFindingView = record({
  code: text(null, 0, 4096),
  level: oneOf(["info", "caution", "danger"]),
  sentence: text(null, 0, 4096),
  why: text(null, 0, 4096),
  action: text(null, 0, 4096),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkFindingView(value, at = "FindingView") {
  return shapeOfFindingView(value, at);
}

const shapeOfFinishHomeParams = record({
  ceremony_id: text(/^[0-9a-f]{32}$/u),
  response: object,
  name: text(null, 1, 64),
  slots: list(checkSlotSecret),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkFinishHomeParams(value, at = "FinishHomeParams") {
  return shapeOfFinishHomeParams(value, at);
}

const shapeOfFinished = record({
  step: oneOf(["done"]),
  request: checkRequestView,
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkFinished(value, at = "Finished") {
  return shapeOfFinished(value, at);
}

const shapeOfHelloParams = record({
  protocols: list(whole()),
  client: oneOf(["browser", "cli"]),
  version: text(null, 0, 4096),
  schema_sha256: either(text(null, 0, 4096), nothing),
  profile: either(checkProfileProof, nothing),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkHelloParams(value, at = "HelloParams") {
  return shapeOfHelloParams(value, at);
}

const shapeOfHelloResult = record({
  protocol: whole(),
  version: text(null, 0, 4096),
  schema_sha256: text(null, 0, 4096),
  role: oneOf(["browser", "profile", "cli"]),
  state: checkAgentState,
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkHelloResult(value, at = "HelloResult") {
  return shapeOfHelloResult(value, at);
}

const shapeOfJoinParams = record({
  code: text(null, 0, 4096),
  name: either(text(null, 1, 64), nothing),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkJoinParams(value, at = "JoinParams") {
  return shapeOfJoinParams(value, at);
}

const shapeOfLimitView = record({
  site: text(null, 3, 512),
  chain: text(/^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}$/u),
  asset: text(null, 0, 4096),
  per_day: text(/^(0|[1-9][0-9]{0,77})$/u),
  account: either(text(null, 0, 4096), nothing),
  contact: either(text(null, 0, 4096), nothing),
  act: either(text(null, 0, 4096), nothing),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkLimitView(value, at = "LimitView") {
  return shapeOfLimitView(value, at);
}

const shapeOfListParams = record({
  pending: flag,
  before: either(whole(0, 9007199254740991), nothing),
  limit: whole(1, 50),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkListParams(value, at = "ListParams") {
  return shapeOfListParams(value, at);
}

const shapeOfListenParams = record({
  host: text(null, 0, 4096),
  port: whole(0, 9007199254740991),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkListenParams(value, at = "ListenParams") {
  return shapeOfListenParams(value, at);
}

const shapeOfLockOptions = record({
  request_options_json: either(text(null, 0, 1000000), nothing),
  passphrase: flag,
  cosigner: flag,
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkLockOptions(value, at = "LockOptions") {
  return shapeOfLockOptions(value, at);
}

const shapeOfLockState = record({
  agent_unlocked: flag,
  cosigner_unlocked: flag,
  idle_lock_at: either(whole(0, 9007199254740991), nothing),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkLockState(value, at = "LockState") {
  return shapeOfLockState(value, at);
}

const shapeOfLogEntry = record({
  seq: whole(0, 9007199254740991),
  time: whole(0, 9007199254740991),
  kind: text(null, 0, 4096),
  body: object,
  hash: text(null, 0, 4096),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkLogEntry(value, at = "LogEntry") {
  return shapeOfLogEntry(value, at);
}

const shapeOfLogHead = record({
  seq: whole(0, 9007199254740991),
  hash: text(null, 0, 4096),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkLogHead(value, at = "LogHead") {
  return shapeOfLogHead(value, at);
}

const shapeOfLogPage = record({
  entries: list(checkLogEntry),
  more: flag,
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkLogPage(value, at = "LogPage") {
  return shapeOfLogPage(value, at);
}

const shapeOfLogParams = record({
  before: either(whole(0, 9007199254740991), nothing),
  limit: whole(1, 200),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkLogParams(value, at = "LogParams") {
  return shapeOfLogParams(value, at);
}

const shapeOfNext = record({
  next: tagged("step", { assert_home_passkey: checkAssertHomePasskey, assert_site_passkey: checkAssertSitePasskey, create_site_passkey: checkCreateSitePasskey, done: checkFinished, wait_for_others: checkWaitForOthers }),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkNext(value, at = "Next") {
  return shapeOfNext(value, at);
}

const shapeOfOfferParams = record({
  relay_url: either(text(null, 0, 4096), nothing),
  name: either(text(null, 1, 64), nothing),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkOfferParams(value, at = "OfferParams") {
  return shapeOfOfferParams(value, at);
}

const shapeOfOutcome = record({
  done: flag,
  change: either(checkChange, nothing),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkOutcome(value, at = "Outcome") {
  return shapeOfOutcome(value, at);
}

const shapeOfPageFailure = record({
  name: text(null, 0, 4096),
  message: text(null, 0, 4096),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkPageFailure(value, at = "PageFailure") {
  return shapeOfPageFailure(value, at);
}

const shapeOfPaired = record({
  profile_id: text(/^[0-9a-f]{32}$/u),
  token: text(/^[A-Za-z0-9_-]*$/u, 0, 262144),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkPaired(value, at = "Paired") {
  return shapeOfPaired(value, at);
}

const shapeOfPairing = record({
  pairing_id: text(/^[0-9a-f]{32}$/u),
  code: text(null, 0, 4096),
  name: text(null, 1, 64),
  browser: text(null, 1, 64),
  extension: text(null, 0, 4096),
  expires_at: whole(0, 9007199254740991),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkPairing(value, at = "Pairing") {
  return shapeOfPairing(value, at);
}

const shapeOfPairingId = record({
  pairing_id: text(/^[0-9a-f]{32}$/u),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkPairingId(value, at = "PairingId") {
  return shapeOfPairingId(value, at);
}

const shapeOfPairingList = record({
  pairings: list(checkPairing),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkPairingList(value, at = "PairingList") {
  return shapeOfPairingList(value, at);
}

const shapeOfPairingParams = record({
  pairing_id: text(/^[0-9a-f]{32}$/u),
  seen: text(null, 0, 4096),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkPairingParams(value, at = "PairingParams") {
  return shapeOfPairingParams(value, at);
}

const shapeOfPairingRef = record({
  pairing_id: text(/^[0-9a-f]{32}$/u),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkPairingRef(value, at = "PairingRef") {
  return shapeOfPairingRef(value, at);
}

const shapeOfPairingView = record({
  pairing_id: text(/^[0-9a-f]{32}$/u),
  stage: oneOf(["waiting", "compare", "confirmed", "paired", "failed"]),
  code: either(text(null, 0, 4096), nothing),
  uri: either(text(null, 0, 4096), nothing),
  relay_url: text(null, 0, 4096),
  expires_at: whole(0, 9007199254740991),
  words: list(text(null, 0, 4096)),
  peer_name: text(null, 0, 4096),
  identity: either(text(/^[A-Za-z0-9_-]*$/u, 0, 262144), nothing),
  error: either(checkFault, nothing),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkPairingView(value, at = "PairingView") {
  return shapeOfPairingView(value, at);
}

const shapeOfPartyPolicy = record({
  index: whole(0, 9007199254740991),
  name: text(null, 1, 64),
  is_this: flag,
  shares_screen: flag,
  interactive: flag,
  limits: list(checkLimitView),
  in_words: list(text(null, 0, 4096)),
  version: whole(0, 9007199254740991),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkPartyPolicy(value, at = "PartyPolicy") {
  return shapeOfPartyPolicy(value, at);
}

const shapeOfPartyProgress = record({
  index: whole(0, 9007199254740991),
  name: text(null, 1, 64),
  kind: oneOf(["device", "cosigner", "recovery_file"]),
  state: oneOf(["waiting", "joined", "working", "done", "failed", "asleep", "asked", "agreed"]),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkPartyProgress(value, at = "PartyProgress") {
  return shapeOfPartyProgress(value, at);
}

const shapeOfPartyView = record({
  index: whole(0, 9007199254740991),
  name: text(null, 1, 64),
  kind: oneOf(["device", "cosigner", "recovery_file"]),
  is_this: flag,
  poisoned: flag,
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkPartyView(value, at = "PartyView") {
  return shapeOfPartyView(value, at);
}

const shapeOfPasskey = record({
  credential_id: text(/^[A-Za-z0-9_-]*$/u, 0, 262144),
  role: oneOf(["home", "site"]),
  origin: text(null, 0, 4096),
  name: text(null, 1, 64),
  place: oneOf(["synced", "device", "hardware", "unknown"]),
  maker: either(text(null, 0, 4096), nothing),
  uses: list(checkPasskeyUse),
  may: list(text(null, 0, 4096)),
  advice: text(null, 0, 4096),
  can_unlock: flag,
  unlocks_here: flag,
  created_at: whole(0, 9007199254740991),
  last_used_at: either(whole(0, 9007199254740991), nothing),
  record_version: whole(0, 9007199254740991),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkPasskey(value, at = "Passkey") {
  return shapeOfPasskey(value, at);
}

const shapeOfPasskeyId = record({
  credential_id: text(/^[A-Za-z0-9_-]*$/u, 0, 262144),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkPasskeyId(value, at = "PasskeyId") {
  return shapeOfPasskeyId(value, at);
}

const shapeOfPasskeyList = record({
  passkeys: list(checkPasskey),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkPasskeyList(value, at = "PasskeyList") {
  return shapeOfPasskeyList(value, at);
}

const shapeOfPasskeyUse = record({
  kind: oneOf(["home", "site", "safe"]),
  name: text(null, 0, 4096),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkPasskeyUse(value, at = "PasskeyUse") {
  return shapeOfPasskeyUse(value, at);
}

const shapeOfPolicyList = record({
  policies: list(checkPartyPolicy),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkPolicyList(value, at = "PolicyList") {
  return shapeOfPolicyList(value, at);
}

const shapeOfPolicyOf = record({
  vault_id: text(/^[0-9a-f]{32}$/u),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkPolicyOf(value, at = "PolicyOf") {
  return shapeOfPolicyOf(value, at);
}

const shapeOfProfile = record({
  profile_id: text(/^[0-9a-f]{32}$/u),
  name: text(null, 1, 64),
  browser: text(null, 1, 64),
  created_at: whole(0, 9007199254740991),
  last_seen_at: either(whole(0, 9007199254740991), nothing),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkProfile(value, at = "Profile") {
  return shapeOfProfile(value, at);
}

const shapeOfProfileId = record({
  profile_id: text(/^[0-9a-f]{32}$/u),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkProfileId(value, at = "ProfileId") {
  return shapeOfProfileId(value, at);
}

const shapeOfProfileList = record({
  profiles: list(checkProfile),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkProfileList(value, at = "ProfileList") {
  return shapeOfProfileList(value, at);
}

const shapeOfProfileProof = record({
  profile_id: text(/^[0-9a-f]{32}$/u),
  token: text(/^[A-Za-z0-9_-]*$/u, 0, 262144),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkProfileProof(value, at = "ProfileProof") {
  return shapeOfProfileProof(value, at);
}

const shapeOfProgress = record({
  token: text(null, 0, 4096),
  stage: text(null, 0, 4096),
  step: whole(0, 9007199254740991),
  of: whole(0, 9007199254740991),
  parties: list(checkPartyProgress),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkProgress(value, at = "Progress") {
  return shapeOfProgress(value, at);
}

const shapeOfProposeParams = record({
  site: either(text(null, 3, 512), nothing),
  chain: either(text(/^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}$/u), nothing),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkProposeParams(value, at = "ProposeParams") {
  return shapeOfProposeParams(value, at);
}

const shapeOfProveParams = record({
  vault_id: text(/^[0-9a-f]{32}$/u),
  content: text(/^[A-Za-z0-9_-]*$/u, 0, 262144),
  passphrase: checkSealedSecret,
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkProveParams(value, at = "ProveParams") {
  return shapeOfProveParams(value, at);
}

const shapeOfProviderError = record({
  code: whole(),
  message: text(null, 0, 4096),
  data: object,
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkProviderError(value, at = "ProviderError") {
  return shapeOfProviderError(value, at);
}

const shapeOfProviderEvent = record({
  origin: text(null, 3, 512),
  name: oneOf(["accountsChanged", "chainChanged", "connect", "disconnect", "message"]),
  data_json: text(null, 0, 1000000),
  document_id: either(text(null, 0, 4096), nothing),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkProviderEvent(value, at = "ProviderEvent") {
  return shapeOfProviderEvent(value, at);
}

const shapeOfProviderParams = record({
  context: checkContext,
  call_id: text(null, 0, 4096),
  payload: text(null, 0, 1000000),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkProviderParams(value, at = "ProviderParams") {
  return shapeOfProviderParams(value, at);
}

const shapeOfProviderResult = record({
  result_json: either(text(null, 0, 1000000), nothing),
  error: either(checkProviderError, nothing),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkProviderResult(value, at = "ProviderResult") {
  return shapeOfProviderResult(value, at);
}

const shapeOfProviderState = record({
  chain_id: text(null, 0, 4096),
  network_version: text(null, 0, 4096),
  accounts: list(text(null, 0, 4096)),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkProviderState(value, at = "ProviderState") {
  return shapeOfProviderState(value, at);
}

const shapeOfReachParams = record({
  identity: text(/^[A-Za-z0-9_-]*$/u, 0, 262144),
  relay_url: text(null, 0, 4096),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkReachParams(value, at = "ReachParams") {
  return shapeOfReachParams(value, at);
}

const shapeOfRelayView = record({
  own_url: either(text(null, 0, 4096), nothing),
  shared_url: either(text(null, 0, 4096), nothing),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkRelayView(value, at = "RelayView") {
  return shapeOfRelayView(value, at);
}

const shapeOfRenameParams = record({
  credential_id: text(/^[A-Za-z0-9_-]*$/u, 0, 262144),
  name: text(null, 1, 64),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkRenameParams(value, at = "RenameParams") {
  return shapeOfRenameParams(value, at);
}

const shapeOfReply = record({
  id: whole(0, 9007199254740991),
  result: object,
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkReply(value, at = "Reply") {
  return shapeOfReply(value, at);
}

const shapeOfRequestId = record({
  request_id: text(/^[0-9a-f]{32}$/u),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkRequestId(value, at = "RequestId") {
  return shapeOfRequestId(value, at);
}

const shapeOfRequestList = record({
  requests: list(checkRequestView),
  more: flag,
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkRequestList(value, at = "RequestList") {
  return shapeOfRequestList(value, at);
}

const shapeOfRequestView = record({
  request_id: text(/^[0-9a-f]{32}$/u),
  seq: whole(0, 9007199254740991),
  state: oneOf(["proposed", "consented", "approved", "released", "signed", "sent", "final", "refused", "expired", "failed", "dead"]),
  kind: oneOf(["connect", "transaction", "message", "typed_data", "add_chain", "set_node", "watch_asset", "safe", "administration"]),
  method: text(null, 0, 4096),
  origin: text(null, 3, 512),
  asked_by: either(text(null, 1, 64), nothing),
  registrable_domain: text(null, 0, 4096),
  created_at: whole(0, 9007199254740991),
  expires_at: whole(0, 9007199254740991),
  account_id: either(text(/^[0-9a-f]{32}$/u), nothing),
  account_name: either(text(null, 0, 4096), nothing),
  address: either(text(null, 0, 4096), nothing),
  chain: either(text(/^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}$/u), nothing),
  chain_name: either(text(null, 0, 4096), nothing),
  testnet: flag,
  act: text(null, 0, 4096),
  sentence: text(null, 0, 4096),
  to: either(text(null, 0, 4096), nothing),
  changes: list(checkChangeView),
  fee: either(checkFee, nothing),
  findings: list(checkFindingView),
  refusal: either(checkFindingView, nothing),
  text: either(text(null, 0, 1000000), nothing),
  details: list(checkDetail),
  words: list(text(null, 0, 4096)),
  notches: list(whole(0, 9007199254740991)),
  site_passkey: oneOf(["none", "present"]),
  account_choices: list(checkAccountChoice),
  parties: list(checkPartyProgress),
  transaction_id: either(text(null, 0, 4096), nothing),
  reverted: flag,
  explorer_url: either(text(null, 0, 4096), nothing),
  error: either(checkFault, nothing),
  position: whole(0, 9007199254740991),
  waiting: whole(0, 9007199254740991),
  simulation: either(checkSimulationView, nothing),
  parent_id: either(text(/^[0-9a-f]{32}$/u), nothing),
  choices: list(oneOf(["speed_up", "cancel", "fill"])),
  note: either(text(null, 0, 4096), nothing),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkRequestView(value, at = "RequestView") {
  return shapeOfRequestView(value, at);
}

const shapeOfRequestsChanged = record({
  request_id: text(/^[0-9a-f]{32}$/u),
  state: oneOf(["proposed", "consented", "approved", "released", "signed", "sent", "final", "refused", "expired", "failed", "dead"]),
  pending: list(text(/^[0-9a-f]{32}$/u)),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkRequestsChanged(value, at = "RequestsChanged") {
  return shapeOfRequestsChanged(value, at);
}

const shapeOfReshareParams = record({
  change_id: text(/^[0-9a-f]{32}$/u),
  response: either(object, nothing),
  recovery_passphrase: checkSealedSecret,
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkReshareParams(value, at = "ReshareParams") {
  return shapeOfReshareParams(value, at);
}

const shapeOfReshareStep = record({
  change_id: text(/^[0-9a-f]{32}$/u),
  request_options_json: either(text(null, 0, 1000000), nothing),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkReshareStep(value, at = "ReshareStep") {
  return shapeOfReshareStep(value, at);
}

const shapeOfSealKey = record({
  recipient: oneOf(["agent", "cosigner"]),
  session_id: text(/^[0-9a-f]{32}$/u),
  public_key: text(/^[A-Za-z0-9_-]*$/u, 0, 262144),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkSealKey(value, at = "SealKey") {
  return shapeOfSealKey(value, at);
}

const shapeOfSealOpenParams = record({
  recipients: list(oneOf(["agent", "cosigner"])),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkSealOpenParams(value, at = "SealOpenParams") {
  return shapeOfSealOpenParams(value, at);
}

const shapeOfSealOpenResult = record({
  keys: list(checkSealKey),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkSealOpenResult(value, at = "SealOpenResult") {
  return shapeOfSealOpenResult(value, at);
}

const shapeOfSealedSecret = record({
  session_id: text(/^[0-9a-f]{32}$/u),
  box: text(/^[A-Za-z0-9_-]*$/u, 0, 262144),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkSealedSecret(value, at = "SealedSecret") {
  return shapeOfSealedSecret(value, at);
}

const shapeOfSecondDeviceParams = record({
  vault_id: text(/^[0-9a-f]{32}$/u),
  device: text(/^[A-Za-z0-9_-]*$/u, 0, 262144),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkSecondDeviceParams(value, at = "SecondDeviceParams") {
  return shapeOfSecondDeviceParams(value, at);
}

const shapeOfSetParams = record({
  vault_id: text(/^[0-9a-f]{32}$/u),
  party: whole(0, 9007199254740991),
  interactive: flag,
  limits: list(checkLimitView, 0, 64),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkSetParams(value, at = "SetParams") {
  return shapeOfSetParams(value, at);
}

const shapeOfSimulationView = record({
  level: oneOf(["simulated", "checked", "none"]),
  sentence: text(null, 0, 4096),
  changes: list(checkChangeView),
  failure: either(checkFindingView, nothing),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkSimulationView(value, at = "SimulationView") {
  return shapeOfSimulationView(value, at);
}

const shapeOfSite = record({
  origin: text(null, 3, 512),
  accounts: list(text(null, 0, 4096)),
  chain: text(/^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}$/u),
  has_passkey: flag,
  connected_at: whole(0, 9007199254740991),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkSite(value, at = "Site") {
  return shapeOfSite(value, at);
}

const shapeOfSiteList = record({
  sites: list(checkSite),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkSiteList(value, at = "SiteList") {
  return shapeOfSiteList(value, at);
}

const shapeOfSiteOrigin = record({
  origin: text(null, 3, 512),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkSiteOrigin(value, at = "SiteOrigin") {
  return shapeOfSiteOrigin(value, at);
}

const shapeOfSlotOptions = record({
  request_options_json: text(null, 0, 1000000),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkSlotOptions(value, at = "SlotOptions") {
  return shapeOfSlotOptions(value, at);
}

const shapeOfSlotSecret = record({
  recipient: oneOf(["agent", "cosigner"]),
  kind: oneOf(["prf", "passphrase"]),
  credential_id: either(text(/^[A-Za-z0-9_-]*$/u, 0, 262144), nothing),
  secret: checkSealedSecret,
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkSlotSecret(value, at = "SlotSecret") {
  return shapeOfSlotSecret(value, at);
}

const shapeOfStateChanged = record({
  state: checkAgentState,
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkStateChanged(value, at = "StateChanged") {
  return shapeOfStateChanged(value, at);
}

const shapeOfStubHello = record({
  stub_version: text(null, 0, 4096),
  protocols: list(whole()),
  agent: oneOf(["running", "starting", "failed"]),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkStubHello(value, at = "StubHello") {
  return shapeOfStubHello(value, at);
}

const shapeOfStubState = record({
  agent: oneOf(["running", "starting", "failed"]),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkStubState(value, at = "StubState") {
  return shapeOfStubState(value, at);
}

const shapeOfTabClosed = record({
  tab_id: whole(0, 9007199254740991),
  document_id: either(text(null, 0, 4096), nothing),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkTabClosed(value, at = "TabClosed") {
  return shapeOfTabClosed(value, at);
}

const shapeOfTarget = record({
  origin: text(null, 3, 512),
  tab_id: whole(0, 9007199254740991),
  frame_id: whole(0, 9007199254740991),
  document_id: text(null, 0, 4096),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkTarget(value, at = "Target") {
  return shapeOfTarget(value, at);
}

const shapeOfTryItResult = record({
  url: text(null, 0, 4096),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkTryItResult(value, at = "TryItResult") {
  return shapeOfTryItResult(value, at);
}

const shapeOfUnlockParams = record({
  secrets: list(checkSlotSecret),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkUnlockParams(value, at = "UnlockParams") {
  return shapeOfUnlockParams(value, at);
}

const shapeOfVault = record({
  vault_id: text(/^[0-9a-f]{32}$/u),
  name: text(null, 1, 64),
  epoch: whole(0, 9007199254740991),
  threshold: whole(0, 9007199254740991),
  parties: list(checkPartyView),
  state: oneOf(["creating", "ready"]),
  recovery_proven: flag,
  second_file_proven: flag,
  receive_ready: flag,
  created_at: whole(0, 9007199254740991),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkVault(value, at = "Vault") {
  return shapeOfVault(value, at);
}

const shapeOfVaultId = record({
  vault_id: text(/^[0-9a-f]{32}$/u),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkVaultId(value, at = "VaultId") {
  return shapeOfVaultId(value, at);
}

const shapeOfVaultList = record({
  vaults: list(checkVault),
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkVaultList(value, at = "VaultList") {
  return shapeOfVaultList(value, at);
}

const shapeOfVerifyParams = record({
  content: text(/^[A-Za-z0-9_-]*$/u, 0, 262144),
  passphrase: checkSealedSecret,
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkVerifyParams(value, at = "VerifyParams") {
  return shapeOfVerifyParams(value, at);
}

const shapeOfVerifyResult = record({
  vault_id: text(/^[0-9a-f]{32}$/u),
  vault_name: text(null, 1, 64),
  epoch: whole(0, 9007199254740991),
  party_index: whole(0, 9007199254740991),
  threshold: whole(0, 9007199254740991),
  created_at: whole(0, 9007199254740991),
  known: flag,
  current: flag,
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkVerifyResult(value, at = "VerifyResult") {
  return shapeOfVerifyResult(value, at);
}

const shapeOfWaitForOthers = record({
  step: oneOf(["wait_for_others"]),
  request: checkRequestView,
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkWaitForOthers(value, at = "WaitForOthers") {
  return shapeOfWaitForOthers(value, at);
}

const shapeOfWordsParams = record({
  pairing_id: text(/^[0-9a-f]{32}$/u),
  same: flag,
  accepts_share: flag,
});
/** @param {unknown} value @param {string} [at] @returns {string | null} */
export function checkWordsParams(value, at = "WordsParams") {
  return shapeOfWordsParams(value, at);
}

/** The checks of each method's parameters and result, and who may call it. */
export const METHODS = Object.freeze({
  agent_hello: { params: checkHelloParams, result: checkHelloResult, roles: ["browser", "cli", "profile"], unlocked: false, long: false },
  agent_state: { params: checkEmpty, result: checkAgentState, roles: ["browser", "cli", "profile"], unlocked: false, long: false },
  agent_diagnose: { params: checkEmpty, result: checkDiagnoseResult, roles: ["cli"], unlocked: false, long: false },
  agent_tryIt: { params: checkEmpty, result: checkTryItResult, roles: ["browser", "cli", "profile"], unlocked: false, long: false },
  agent_shutdown: { params: checkEmpty, result: checkEmpty, roles: ["cli"], unlocked: false, long: false },
  profile_begin: { params: checkBeginParams, result: checkPairing, roles: ["browser", "cli", "profile"], unlocked: false, long: false },
  profile_await: { params: checkPairingId, result: checkPaired, roles: ["browser", "cli", "profile"], unlocked: false, long: true },
  profile_pending: { params: checkEmpty, result: checkPairingList, roles: ["cli"], unlocked: false, long: false },
  profile_confirm: { params: checkConfirmParams, result: checkProfile, roles: ["cli"], unlocked: false, long: false },
  profile_list: { params: checkEmpty, result: checkProfileList, roles: ["cli", "profile"], unlocked: false, long: false },
  profile_revoke: { params: checkProfileId, result: checkEmpty, roles: ["cli"], unlocked: false, long: false },
  device_list: { params: checkEmpty, result: checkDeviceList, roles: ["cli", "profile"], unlocked: false, long: false },
  device_offer: { params: checkOfferParams, result: checkPairingView, roles: ["cli", "profile"], unlocked: false, long: false },
  device_join: { params: checkJoinParams, result: checkPairingView, roles: ["cli", "profile"], unlocked: false, long: false },
  device_pairing: { params: checkPairingParams, result: checkPairingView, roles: ["cli", "profile"], unlocked: false, long: true },
  device_confirm: { params: checkWordsParams, result: checkPairingView, roles: ["cli", "profile"], unlocked: false, long: false },
  device_cancel: { params: checkPairingRef, result: checkEmpty, roles: ["cli", "profile"], unlocked: false, long: false },
  device_agree: { params: checkAgreeParams, result: checkEmpty, roles: ["cli", "profile"], unlocked: true, long: false },
  device_forget: { params: checkDeviceIdentity, result: checkEmpty, roles: ["cli", "profile"], unlocked: false, long: false },
  device_joinAsCosigner: { params: checkCosignerJoinParams, result: checkDevice, roles: ["cli"], unlocked: false, long: true },
  relay_state: { params: checkEmpty, result: checkRelayView, roles: ["cli", "profile"], unlocked: false, long: false },
  relay_listen: { params: checkListenParams, result: checkRelayView, roles: ["cli"], unlocked: false, long: false },
  relay_unlisten: { params: checkEmpty, result: checkRelayView, roles: ["cli"], unlocked: false, long: false },
  device_reach: { params: checkReachParams, result: checkEmpty, roles: ["cli"], unlocked: false, long: false },
  seal_open: { params: checkSealOpenParams, result: checkSealOpenResult, roles: ["cli", "profile"], unlocked: false, long: false },
  lock_options: { params: checkEmpty, result: checkLockOptions, roles: ["cli", "profile"], unlocked: false, long: false },
  lock_unlock: { params: checkUnlockParams, result: checkLockState, roles: ["cli", "profile"], unlocked: false, long: false },
  lock_lock: { params: checkEmpty, result: checkLockState, roles: ["cli", "profile"], unlocked: false, long: false },
  lock_state: { params: checkEmpty, result: checkLockState, roles: ["cli", "profile"], unlocked: false, long: false },
  vault_list: { params: checkEmpty, result: checkVaultList, roles: ["cli", "profile"], unlocked: false, long: false },
  vault_show: { params: checkVaultId, result: checkVault, roles: ["cli", "profile"], unlocked: false, long: false },
  vault_create: { params: checkCreateParams, result: checkVault, roles: ["cli", "profile"], unlocked: false, long: true },
  vault_beginRefresh: { params: checkVaultId, result: checkReshareStep, roles: ["cli", "profile"], unlocked: true, long: true },
  vault_beginSecondDevice: { params: checkSecondDeviceParams, result: checkReshareStep, roles: ["cli", "profile"], unlocked: true, long: true },
  vault_reshare: { params: checkReshareParams, result: checkVault, roles: ["cli", "profile"], unlocked: true, long: true },
  backup_download: { params: checkVaultId, result: checkBackupFile, roles: ["cli", "profile"], unlocked: false, long: false },
  backup_prove: { params: checkProveParams, result: checkVault, roles: ["cli", "profile"], unlocked: false, long: true },
  backup_verify: { params: checkVerifyParams, result: checkVerifyResult, roles: ["cli", "profile"], unlocked: false, long: true },
  backup_export: { params: checkExportParams, result: checkBackupFile, roles: ["cli", "profile"], unlocked: true, long: true },
  account_list: { params: checkEmpty, result: checkAccountList, roles: ["cli", "profile"], unlocked: false, long: false },
  account_balance: { params: checkBalanceParams, result: checkBalance, roles: ["cli", "profile"], unlocked: false, long: true },
  passkey_beginHome: { params: checkEmpty, result: checkCreationOptions, roles: ["profile"], unlocked: false, long: false },
  passkey_finishHome: { params: checkFinishHomeParams, result: checkPasskey, roles: ["profile"], unlocked: false, long: true },
  passkey_addSlots: { params: checkAddSlotsParams, result: checkEmpty, roles: ["cli", "profile"], unlocked: false, long: true },
  passkey_list: { params: checkEmpty, result: checkPasskeyList, roles: ["cli", "profile"], unlocked: false, long: false },
  passkey_addHome: { params: checkAddHomeParams, result: checkAdminStep, roles: ["profile"], unlocked: true, long: true },
  passkey_remove: { params: checkPasskeyId, result: checkAdminStep, roles: ["profile"], unlocked: true, long: true },
  passkey_rename: { params: checkRenameParams, result: checkEmpty, roles: ["cli", "profile"], unlocked: false, long: false },
  passkey_slotOptions: { params: checkPasskeyId, result: checkSlotOptions, roles: ["profile"], unlocked: true, long: false },
  change_approve: { params: checkApproveChangeParams, result: checkOutcome, roles: ["profile"], unlocked: true, long: true },
  change_list: { params: checkEmpty, result: checkChangeList, roles: ["cli", "profile"], unlocked: false, long: false },
  change_agree: { params: checkChangeId, result: checkChange, roles: ["cli", "profile"], unlocked: true, long: false },
  change_cancel: { params: checkChangeId, result: checkChange, roles: ["cli", "profile"], unlocked: false, long: false },
  request_list: { params: checkListParams, result: checkRequestList, roles: ["cli", "profile"], unlocked: false, long: false },
  request_get: { params: checkRequestId, result: checkRequestView, roles: ["cli", "profile"], unlocked: false, long: false },
  request_approve: { params: checkApproveParams, result: checkNext, roles: ["cli", "profile"], unlocked: false, long: true },
  request_answer: { params: checkAnswerParams, result: checkNext, roles: ["profile"], unlocked: false, long: true },
  request_renew: { params: checkRequestId, result: checkNext, roles: ["profile"], unlocked: true, long: false },
  request_refuse: { params: checkRequestId, result: checkRequestView, roles: ["cli", "profile"], unlocked: false, long: false },
  request_refuseAll: { params: checkEmpty, result: checkEmpty, roles: ["profile"], unlocked: false, long: false },
  request_speedUp: { params: checkRequestId, result: checkRequestView, roles: ["cli", "profile"], unlocked: false, long: false },
  request_cancel: { params: checkRequestId, result: checkRequestView, roles: ["cli", "profile"], unlocked: false, long: false },
  request_fill: { params: checkRequestId, result: checkRequestView, roles: ["cli", "profile"], unlocked: false, long: false },
  tx_explain: { params: checkExplainParams, result: checkExplanation, roles: ["cli", "profile"], unlocked: false, long: false },
  provider_request: { params: checkProviderParams, result: checkProviderResult, roles: ["profile"], unlocked: false, long: true },
  provider_state: { params: checkContext, result: checkProviderState, roles: ["profile"], unlocked: false, long: false },
  provider_closed: { params: checkTabClosed, result: checkEmpty, roles: ["profile"], unlocked: false, long: false },
  site_list: { params: checkEmpty, result: checkSiteList, roles: ["cli", "profile"], unlocked: false, long: false },
  site_revoke: { params: checkSiteOrigin, result: checkEmpty, roles: ["cli", "profile"], unlocked: false, long: false },
  chain_list: { params: checkEmpty, result: checkChainList, roles: ["cli", "profile"], unlocked: false, long: false },
  chain_setEndpoint: { params: checkEndpointParams, result: checkChainView, roles: ["cli"], unlocked: false, long: true },
  chain_add: { params: checkAddChainParams, result: checkChainView, roles: ["cli"], unlocked: false, long: true },
  chain_remove: { params: checkChainParams, result: checkChainList, roles: ["cli"], unlocked: false, long: false },
  chain_setDefault: { params: checkChainParams, result: checkChainList, roles: ["cli", "profile"], unlocked: false, long: false },
  log_show: { params: checkLogParams, result: checkLogPage, roles: ["cli", "profile"], unlocked: false, long: false },
  log_verify: { params: checkEmpty, result: checkLogHead, roles: ["cli", "profile"], unlocked: false, long: true },
  safe_propose: { params: checkProposeParams, result: checkRequestView, roles: ["cli", "profile"], unlocked: true, long: true },
  policy_show: { params: checkPolicyOf, result: checkPolicyList, roles: ["cli", "profile"], unlocked: false, long: false },
  policy_set: { params: checkSetParams, result: checkRequestView, roles: ["cli", "profile"], unlocked: false, long: false },
});

/** What the stub answers by itself. */
export const STUB_METHODS = Object.freeze({
  stub_hello: { params: checkEmpty, result: checkStubHello },
});

/** The check of each event's data. */
export const EVENTS = Object.freeze({
  requests_changed: checkRequestsChanged,
  provider_event: checkProviderEvent,
  progress: checkProgress,
  state_changed: checkStateChanged,
  stub_state: checkStubState,
});
