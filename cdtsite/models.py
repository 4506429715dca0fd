"""How an account proves that its owner asks: the second factor and the recovery codes. Written by `factor`."""

from collections.abc import Iterator

from django.contrib.auth.models import User
from django.db import models
from django.utils import timezone


class SecondFactor(models.Model):
    """The authenticator app of an account. Setting one up anew makes another row, so that its number tells them apart.

    The key itself is stored nowhere: it is made from `salt` and LINK_KEYS.
    """

    user = models.OneToOneField(User, models.CASCADE, related_name="factor")
    salt = models.CharField(max_length=32)
    last_step = models.BigIntegerField(help_text="The half minute of the last code; none is taken twice.")
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()


class RecoveryCode(models.Model):
    """One code that takes the place of the app, once: then the row is deleted. Only what proves it is stored."""

    factor = models.ForeignKey(SecondFactor, models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=128)

    class Meta:
        default_permissions = ()


class Account(User):
    """An account as a session knows it: Django ends a session when its hash changes, which here holds the second factor
    as well as the password.
    """

    class Meta:
        proxy = True
        default_permissions = ()

    @staticmethod
    def get(pk: int) -> "Account | None":
        return Account._default_manager.select_related("factor").filter(pk=pk).first()

    @property
    def second_factor(self) -> SecondFactor | None:
        return getattr(self, "factor", None)

    def get_session_auth_hash(self) -> str:
        return self._bound(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        for proof in super().get_session_auth_fallback_hash():
            yield self._bound(proof)

    def _bound(self, proof: str) -> str:
        factor = self.second_factor
        return f"{proof}.{factor.pk}" if factor else proof
