"""The FHIR R4 terminology doors under /fhir/: the pages' codes as a CodeSystem and ValueSets, and their operations.

Resources are plain dicts. `outcome` says what is wrong, `given` reads what an operation is asked, `terms` are the names
that everything here goes by. `systems` and `sets` make resources, `compose` says what is in a value set, `lookup`,
`judging` and `expanding` answer the operations, `capability` says what there is. `door` is what every address shares,
`views` are the addresses.

The rules are those of https://hl7.org/fhir/R4/terminology-service.html and the definitions of its operations.
"""
