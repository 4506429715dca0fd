from django.urls import path, re_path

from codes.fhir import views

urlpatterns = [
    path("metadata", views.metadata, name="fhir_metadata"),
    path("CodeSystem", views.code_systems, name="fhir_code_systems"),
    path("CodeSystem/_search", views.code_systems, name="fhir_code_systems_search"),
    path("CodeSystem/$lookup", views.look_up, name="fhir_lookup"),
    path("CodeSystem/$validate-code", views.validate_code, name="fhir_validate_code"),
    path("CodeSystem/$subsumes", views.subsumes, name="fhir_subsumes"),
    path("CodeSystem/<str:id>", views.code_system, name="fhir_code_system"),
    path("CodeSystem/<str:id>/$lookup", views.look_up),
    path("CodeSystem/<str:id>/$validate-code", views.validate_code),
    path("CodeSystem/<str:id>/$subsumes", views.subsumes),
    path("ValueSet", views.value_sets, name="fhir_value_sets"),
    path("ValueSet/_search", views.value_sets, name="fhir_value_sets_search"),
    path("ValueSet/$expand", views.expand, name="fhir_expand"),
    path("ValueSet/$validate-code", views.validate_in_set, name="fhir_validate_in_set"),
    path("ValueSet/<str:id>", views.value_set, name="fhir_value_set"),
    path("ValueSet/<str:id>/$expand", views.expand),
    path("ValueSet/<str:id>/$validate-code", views.validate_in_set),
    re_path(r"^[\s\S]*$", views.nothing, name="fhir"),
]
