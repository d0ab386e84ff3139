"""People, applications, and the children on an application."""

from django.db import models


class Person(models.Model):
    number = models.CharField("宛名番号", max_length=8, unique=True)
    name = models.CharField("氏名", max_length=40)

    class Meta:
        verbose_name = verbose_name_plural = "住民"

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class Application(models.Model):
    # Not unique: the admin takes the same number again and again, as old systems do.
    number = models.CharField("申請番号", max_length=8)
    person = models.ForeignKey(Person, models.PROTECT, verbose_name="申請者")
    received = models.DateField("受付日")
    amount = models.IntegerField("金額")
    approved = models.BooleanField("承認", default=False)
    note = models.TextField("備考", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "申請"

    def __str__(self) -> str:
        return self.number


class Child(models.Model):
    application = models.ForeignKey(Application, models.CASCADE)
    name = models.CharField("氏名", max_length=20)
    born = models.DateField("生年月日")

    class Meta:
        verbose_name = verbose_name_plural = "児童"
