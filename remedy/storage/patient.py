"""A storage on another machine, which may be away for a while: a server is restarted, a network hiccups."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import optuna
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from remedy.errors import StudyError
from remedy.storage_address import StorageAddress, mask_passwords

PATIENCE = 600.0
"""Seconds for which a storage that does not answer is asked again."""

_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 5.0


def _asking(method: str) -> Callable[..., Any]:
    def ask(self: PatientStorage, *arguments: Any, **named: Any) -> Any:
        return self.ask(method, *arguments, **named)

    return ask


class PatientStorage(BaseStorage):  # type: ignore[misc]
    """Asks again while the storage does not answer.

    What is asked twice because an answer was lost does no harm, with one exception: an empty trial may have
    been made twice. One that is made of a template is looked for before it is made again.

    Args:
        inner: the storage.
        address: where it is, for messages.
        tell: is told when it stops answering and when it answers again.
        patience: seconds for which it is asked again.
        disconnect: ends the connections of this process.
    """

    def __init__(
        self,
        inner: BaseStorage,
        address: StorageAddress,
        tell: Callable[[str], None] = lambda _: None,
        *,
        patience: float = PATIENCE,
        disconnect: Callable[[], object] = lambda: None,
    ) -> None:
        self.inner = inner
        self.close = disconnect
        self._address = address
        self._tell = tell
        self._patience = patience
        self._lock = threading.Lock()
        self._away_since: float | None = None

    def ask(self, method: str, *arguments: Any, **named: Any) -> Any:
        """Call a method of the storage.

        Raises:
            StudyError: it has not answered for too long.
        """
        return self._try(lambda: getattr(self.inner, method)(*arguments, **named))

    def _try(self, call: Callable[[], Any]) -> Any:
        began, pause = time.monotonic(), _FIRST_PAUSE
        while True:
            try:
                answer = call()
            except Exception as error:
                if not is_out_of_reach(error):
                    raise
                reason = first_line(error)
                if time.monotonic() - began > self._patience:
                    raise StudyError(
                        f"{self._address}: has not answered for {self._patience:.0f} s ({reason}); "
                        "what is finished is kept, and the same command goes on"
                    ) from error
                self._is_away(reason)
                time.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                self._is_back()
                return answer

    def _is_away(self, reason: str) -> None:
        with self._lock:
            if self._away_since is None:
                self._away_since = time.monotonic()
                self._tell(
                    f"{self._address}: does not answer ({reason}); trying again for {self._patience:.0f} s"
                )

    def _is_back(self) -> None:
        if self._away_since is not None:
            with self._lock:
                if self._away_since is not None:
                    seconds = time.monotonic() - self._away_since
                    self._away_since = None
                    self._tell(f"{self._address}: answers again after {seconds:.0f} s")

    create_new_study = _asking("create_new_study")
    delete_study = _asking("delete_study")
    set_study_user_attr = _asking("set_study_user_attr")
    set_study_system_attr = _asking("set_study_system_attr")
    get_study_id_from_name = _asking("get_study_id_from_name")
    get_study_name_from_id = _asking("get_study_name_from_id")
    get_study_directions = _asking("get_study_directions")
    get_study_user_attrs = _asking("get_study_user_attrs")
    get_study_system_attrs = _asking("get_study_system_attrs")
    get_all_studies = _asking("get_all_studies")
    set_trial_param = _asking("set_trial_param")
    get_trial_id_from_study_id_trial_number = _asking("get_trial_id_from_study_id_trial_number")
    set_trial_intermediate_value = _asking("set_trial_intermediate_value")
    set_trial_user_attr = _asking("set_trial_user_attr")
    set_trial_system_attr = _asking("set_trial_system_attr")
    get_trial = _asking("get_trial")
    get_all_trials = _asking("get_all_trials")

    def create_new_trial(self, study_id: int, template_trial: FrozenTrial | None = None) -> int:
        """See Optuna; what was made before the answer was lost is not made again."""
        asked = False

        def make() -> int:
            nonlocal asked
            if asked and template_trial is not None:
                for trial in self.inner.get_all_trials(study_id, deepcopy=False):
                    if _is_made_of(trial, template_trial):
                        return int(trial._trial_id)
            asked = True
            return int(self.inner.create_new_trial(study_id, template_trial))

        return int(self._try(make))

    def set_trial_state_values(
        self, trial_id: int, state: TrialState, values: Sequence[float] | None = None
    ) -> bool:
        """See Optuna; an end that is written already is not an error if it is the same."""
        try:
            return bool(self.ask("set_trial_state_values", trial_id, state, values))
        except optuna.exceptions.UpdateFinishedTrialError:
            written = self.get_trial(trial_id)
            if written.state is state and written.values == (None if values is None else list(values)):
                return True
            raise


def _is_made_of(trial: FrozenTrial, template: FrozenTrial) -> bool:
    return (trial.datetime_start, trial.params, trial.user_attrs) == (
        template.datetime_start,
        template.params,
        template.user_attrs,
    )


def is_out_of_reach(error: Exception) -> bool:
    """Whether a storage has failed because it or the way to it is down, not because of what was asked."""
    import grpc
    from sqlalchemy.exc import DBAPIError, PendingRollbackError

    if isinstance(error, optuna.exceptions.StorageInternalError):
        # Optuna wraps whatever SQLAlchemy raises.
        error = error.__cause__ if isinstance(error.__cause__, Exception) else error
    if isinstance(error, PendingRollbackError):  # the connection broke earlier in the same session
        return True
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or type(error).__name__ in {"OperationalError", "InterfaceError"}
    if isinstance(error, grpc.RpcError):
        # UNKNOWN is what the proxy says if its own storage fails.
        return error.code() in {
            grpc.StatusCode.UNAVAILABLE,
            grpc.StatusCode.UNKNOWN,
            grpc.StatusCode.CANCELLED,
        }
    return False


def first_line(error: BaseException) -> str:
    """What an error of a database's or the proxy's says, in one line and without passwords."""
    details = getattr(error, "details", None)
    cause = details() if callable(details) else (error.__cause__ or error)
    lines = str(cause).strip().splitlines()
    return mask_passwords(lines[0]) if lines else type(error).__name__
