"""Errors of the store, each with a message that says what to do.

`retry` is True where the same operation may succeed later; otherwise a person has to act.
"""

from __future__ import annotations

from foundation.errors import UtsushiError


class StoreError(UtsushiError):
    """Base of all errors of the store."""

    ja = "保存処理でエラーが起きました。システム管理者に連絡してください。"
    en = "The store reported an error; tell the administrator."

    def __init__(self, subject: str = "") -> None:
        """`subject` names what the error is about: an id, a file, a state; never a personal value."""
        self.subject = subject
        if subject:
            super().__init__(f"{self.ja}({subject})", f"{self.en} ({subject})")
        else:
            super().__init__()


class StoreBusy(StoreError):
    """Another writer held the database too long, or two writers blocked each other."""

    retry = True
    ja = "データベースが混み合っています。少し待ってからもう一度操作してください。"
    en = "The database is busy; wait a moment and try again."


class StorageFull(StoreError):
    """The disk is full or cannot be written to."""

    retry = True
    ja = "ディスクの空きがないか、書き込めません。空きを作ると自動で再開します。入力した内容は保存されていません。"
    en = "The disk is full or read-only; free some space and work resumes by itself. Your input was not stored."


class DatabaseUnavailable(StoreError):
    """The database cannot be reached, or is not a usable database."""

    retry = True
    ja = "データベースに接続できません。utsushi doctor で原因を確かめてください。"
    en = "The database cannot be reached; run utsushi doctor to find out why."


class DatabaseDamaged(StoreError):
    """The database's own file has lost bytes: a failing disk, or a copy made while it was written."""

    ja = "データベースが壊れています。サービスを止め、バックアップから戻してください: utsushi restore"
    en = "The database is damaged; stop the service and restore a backup: utsushi restore"


class SchemaOutdated(StoreError):
    """The database has another schema version than this program."""

    ja = "データベースの版がこのプログラムと合いません。utsushi serve を起動し直すと更新されます。"
    en = "The database schema does not match this program; restarting utsushi serve brings it up to date."


class NotFound(StoreError):
    """No such row."""

    ja = "対象が見つかりません。一覧を開き直してください。"
    en = "It cannot be found; open the list again."


class IllegalMove(StoreError):
    """The state machine has no such step."""

    ja = "今の状態からこの操作はできません。画面を開き直して状態を確かめてください。"
    en = "This step is not possible from the present state; reload and check the state."


class StaleVersion(StoreError):
    """Somebody else has changed the document since it was loaded."""

    ja = "ほかの人が先に変更しました。画面を開き直して、最新の内容で操作してください。"
    en = "Somebody else changed this first; reload and work on the newest state."


class LeaseLost(StoreError):
    """The lease expired and another owner has the work."""

    ja = "時間切れのため、この作業はほかの担当に移りました。次の作業に進んでください。"
    en = "The time ran out and another person has this work now; go on to the next."


class NotYours(StoreError):
    """The item belongs to another person."""

    ja = "この項目はほかの人が確認中です。入力は保存されていません。次の項目に進んでください。"
    en = "Another person is working on this item; your input was not stored. Go on to the next."


class ItemGone(StoreError):
    """The item has been settled or cancelled in the meantime."""

    ja = "この項目はすでに確定または取り消されています。次の項目に進んでください。"
    en = "This item has been settled or cancelled already; go on to the next."


class InvalidAnswer(StoreError):
    """The answer cannot be stored as it is."""

    ja = "入力内容を保存できません。内容を直してもう一度確定してください。"
    en = "The answer cannot be stored as it is; correct it and confirm again."


class PlanIncomplete(StoreError):
    """A doubtful field has neither been accepted nor queued for a person."""

    ja = "確認が必要な項目が確認待ちに入っていません。システム管理者に連絡してください。"
    en = "A field that needs a person was not queued; tell the administrator."


class KeyConflictOpen(StoreError):
    """Two applications have the same key and nobody has decided yet."""

    ja = "同じ受付番号の申請書が2件あります。例外画面で見比べて判断するまで入力できません。"
    en = "Two applications have the same key; compare them on the exceptions screen before entering."


class AppendOnlyViolation(StoreError):
    """The program tried to change an append-only row."""

    ja = "記録は書き換えできません。訂正は新しい記録として追加してください。"
    en = "This record is append-only; add a correction instead of changing it."


class KeyFileMissing(StoreError):
    """The key file is missing."""

    ja = "暗号鍵のファイルがありません。バックアップから鍵のフォルダーを戻してください。新しい鍵では読めません。"
    en = "The key file is missing; restore the key folder from backup, a new key cannot read the data."


class SecretUnreadable(StoreError):
    """A secret value cannot be decrypted: changed, moved, or encrypted with an unknown key."""

    ja = "暗号化された値を開けません。値が改ざんされたか、鍵が違います。システム管理者に連絡してください。"
    en = "An encrypted value cannot be decrypted: changed, moved, or wrong key. Tell the administrator."


class FileDamaged(StoreError):
    """A stored file is missing or its bytes have changed."""

    ja = "保管した原本ファイルが見つからないか、内容が変わっています。バックアップから戻してください。"
    en = "A stored file is missing or has changed; restore it from backup."


class BadLogin(StoreError):
    """Name or password is wrong, or the account is locked or switched off: one sentence for all of them."""

    ja = (
        "ユーザー名またはパスワードが違います。間違いが 5 回続くと、15 分間は正しくてもサインインできません。"
        "急ぐときは管理者に連絡してください。"
    )
    en = (
        "User name or password is wrong. After five wrong ones even the right one does not work for 15 minutes;"
        " if it is urgent, ask the administrator."
    )


class InvalidUser(StoreError):
    """The account data is not valid."""

    ja = "利用者を登録できません。名前、役割、パスワード(12文字以上)を確かめてください。"
    en = "The user cannot be stored; check the name, the roles and the password (12 characters or more)."


class BackupDamaged(StoreError):
    """A backup lacks a part, or a part has changed."""

    ja = "バックアップが見つからないか、壊れています。別の世代のバックアップを指定してください。"
    en = "The backup is missing or damaged; name another snapshot."


class RestoreRefused(StoreError):
    """Restoring would overwrite something."""

    ja = "復元先にすでにデータか別の鍵があります。上書きはしません。空のフォルダーとデータベースを指定してください。"
    en = (
        "The target already has data or other keys; nothing is overwritten. Use an empty folder and database."
    )


class ChainBroken(StoreError):
    """The audit chain is not consistent, so nothing can be proven from it."""

    ja = "監査記録が壊れているため、証明を作れません。utsushi audit verify で箇所を確かめてください。"
    en = "The audit chain is broken, so no proof can be made; run utsushi audit verify."


class CertificateInvalid(StoreError):
    """A certificate of erasure does not match its signature."""

    ja = "消去証明書を確認できません。内容が変わったか、この組織の鍵で署名されていません。"
    en = "The certificate of erasure does not verify: changed, or not signed by a key of this office."


_BOT_NOT_READY = {
    "walk": ("先にから歩きを最後まで通してください。", "Finish a dry walk first."),
    "rehearsal": (
        "先にリハーサルで10件以上すべてが「確認済み」になる必要があります。",
        "First a rehearsal of ten records or more has to end with all of them confirmed.",
    ),
    "owner": (
        "署名した業務所管課の方の氏名を入力してください。ボットを作った人の名前は使えません。",
        "Give the name of the system's owner who signed; nobody who built the bot can be it.",
    ),
    "reason": ("前の版に戻す理由を入力してください。", "Give the reason for going back."),
}


class BotNotReady(StoreError):
    """A version of a bot has not passed what must come before this step; `subject` names it."""

    ja = "今の状態からこの操作はできません。画面を開き直して、ボットの段階を確かめてください。"
    en = "This step is not possible from the present state; reload and check the stage of the bot."

    def __init__(self, subject: str = "") -> None:
        """`subject`: walk, rehearsal, owner, reason, or a state."""
        # A sentence of its own where there is one, because "not ready" does not say what to do.
        self.ja, self.en = _BOT_NOT_READY.get(subject, (self.ja, self.en))
        super().__init__()
        self.subject = subject


class SecondPersonNeeded(StoreError):
    """A person who worked on a bot wants to activate it."""

    ja = "ボットを作った人は有効化できません。作成に関わっていない人が内容を確かめて有効化してください。"
    en = "Nobody who worked on a bot can activate it; another person has to review and activate it."
