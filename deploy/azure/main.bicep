// Where Session Recorder stores recordings in Azure: an account, a container, and the least rights to write there.
//
//   az group create --name recordings --location westeurope
//   az deployment group create --resource-group recordings --template-file main.bicep --parameters recorderPrincipalIds='["<object id>"]'
//
// docs/storage-azure.md leads through it.
targetScope = 'resourceGroup'

@description('The account\'s name, unique in the world: 3 to 24 lower-case letters and digits.')
@minLength(3)
@maxLength(24)
param accountName string = 'rec${uniqueString(resourceGroup().id)}'

@description('Where the account lies.')
param location string = resourceGroup().location

@description('The container that recordings go to.')
@minLength(3)
@maxLength(63)
param containerName string = 'recordings'

@description('How often Azure copies what is stored: within a building, across zones, across regions.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
param redundancy string = 'Standard_ZRS'

@description('Object ids of the managed identities that record. They may write, and neither read nor list.')
param recorderPrincipalIds string[] = []

@description('Object ids of the groups or users that look at recordings, and of the identity that runs recover --from-storage.')
param readerPrincipalIds string[] = []

@description('Whether account keys, and every SAS made with one, are accepted. Off where all recorders have an identity.')
param allowSharedKey bool = false

@description('Whether recorders may delete what lies under tail/, and nothing else. Without it the lifecycle rule cleans up.')
param allowDeletingTails bool = true

@description('Whether single recordings can be protected from deletion (version-level immutability). It cannot be switched off again.')
param enableImmutability bool = false

@description('For how many days a deleted object, version or container can be had back.')
@minValue(1)
@maxValue(365)
param softDeleteDays int = 7

@description('After how many days the versions that something overwritten or deleted left behind are deleted. Without immutability this is how long a recording that was tampered with can be had back.')
@minValue(1)
param versionDays int = 7

@description('After how many days left-over pieces of growing segments, marked by MarkTemporary, are deleted.')
@minValue(1)
param temporaryDays int = 2

@description('After how many days recordings are deleted; 0 for never.')
@minValue(0)
param recordingDays int = 0

@description('Id of the subnet that a private endpoint is put into; empty for none. With one, the account is closed to the internet.')
param privateEndpointSubnetId string = ''

@description('Id of the virtual network in which the account\'s name leads to the private endpoint; needed with privateEndpointSubnetId unless the zone is kept elsewhere.')
param privateDnsNetworkId string = ''

@description('Public addresses (CIDR) that may reach the account; empty for all. Ignored with a private endpoint.')
param allowedAddresses string[] = []

var isPrivate = !empty(privateEndpointSubnetId)
var zoneName = 'privatelink.blob.${environment().suffixes.storage}'
var containerScope = '/blobServices/default/containers/${containerName}'
var readerRoleId = '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1' // Storage Blob Data Reader, one of Azure's own

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: accountName
  location: location
  kind: 'StorageV2'
  sku: {
    name: redundancy
  }
  properties: {
    accessTier: 'Hot'
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    allowBlobPublicAccess: false
    allowSharedKeyAccess: allowSharedKey
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'None'
      defaultAction: isPrivate || !empty(allowedAddresses) ? 'Deny' : 'Allow'
      ipRules: [
        for address in allowedAddresses: {
          value: address
          action: 'Allow'
        }
      ]
    }
    encryption: {
      keySource: 'Microsoft.Storage'
      requireInfrastructureEncryption: true
      services: {
        blob: {
          enabled: true
          keyType: 'Account'
        }
      }
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' = {
  parent: account
  name: 'default'
  properties: {
    isVersioningEnabled: true
    deleteRetentionPolicy: {
      enabled: true
      days: softDeleteDays
    }
    containerDeleteRetentionPolicy: {
      enabled: true
      days: softDeleteDays
    }
  }
}

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' = {
  parent: blobs
  name: containerName
  properties: {
    publicAccess: 'None'
    // No default policy: the recorder protects what is written once by itself, and the manifest must stay replaceable.
    immutableStorageWithVersioning: enableImmutability
      ? {
          enabled: true
        }
      : null
  }
}

// Lifecycle rules look for the beginning of a name or for an index tag. The pieces lie in a folder tail/ deep inside each
// session's, which no beginning describes; so the recorder tags them (MarkTemporary).
resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2024-01-01' = {
  parent: account
  name: 'default'
  dependsOn: [blobs]
  properties: {
    policy: {
      rules: concat(
        [
          {
            name: 'delete-temporary'
            enabled: true
            type: 'Lifecycle'
            definition: {
              filters: {
                blobTypes: ['blockBlob']
                prefixMatch: ['${containerName}/']
                blobIndexMatch: [
                  {
                    name: 'session-recorder'
                    op: '=='
                    value: 'temporary'
                  }
                ]
              }
              actions: {
                baseBlob: {
                  delete: {
                    daysAfterModificationGreaterThan: temporaryDays
                  }
                }
              }
            }
          }
          {
            // What manifests were before, and tails that were deleted: each leaves a version.
            name: 'delete-old-versions'
            enabled: true
            type: 'Lifecycle'
            definition: {
              filters: {
                blobTypes: ['blockBlob']
                prefixMatch: ['${containerName}/']
              }
              actions: {
                version: {
                  delete: {
                    daysAfterCreationGreaterThan: versionDays
                  }
                }
              }
            }
          }
        ],
        recordingDays == 0
          ? []
          : [
              {
                name: 'delete-recordings'
                enabled: true
                type: 'Lifecycle'
                definition: {
                  filters: {
                    blobTypes: ['blockBlob']
                    prefixMatch: ['${containerName}/']
                  }
                  actions: {
                    baseBlob: {
                      delete: {
                        daysAfterModificationGreaterThan: recordingDays
                      }
                    }
                  }
                }
              }
            ]
      )
    }
  }
}

// Azure has no role of its own that writes and does not read. 'blobs/write' includes overwriting, which the manifest needs;
// what it overwrites is kept as a version, which only 'deleteBlobVersion' could remove, and that nobody here has.
resource recorderRole 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(resourceGroup().id, accountName, 'recorder')
  properties: {
    roleName: 'Session Recorder writer (${accountName})'
    description: 'Writes recordings; neither reads nor lists them.'
    type: 'CustomRole'
    assignableScopes: [resourceGroup().id]
    permissions: [
      {
        actions: []
        notActions: []
        dataActions: concat(
          [
            'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action'
            'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write'
            'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/tags/write'
          ],
          allowDeletingTails ? ['Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete'] : [],
          enableImmutability
            ? ['Microsoft.Storage/storageAccounts/blobServices/containers/blobs/immutableStorage/runAsSuperUser/action']
            : []
        )
        notDataActions: []
      }
    ]
  }
}

resource recorders 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for principal in recorderPrincipalIds: {
    scope: container
    name: guid(container.id, principal, 'recorder')
    properties: {
      principalId: principal
      principalType: 'ServicePrincipal'
      roleDefinitionId: recorderRole.id
      // Deleting is allowed under tail/ alone, for as long as the right is given at all. The probe that doctor writes stays then.
      conditionVersion: allowDeletingTails ? '2.0' : null
      condition: allowDeletingTails
        ? '((!(ActionMatches{\'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete\'})) OR (@Resource[Microsoft.Storage/storageAccounts/blobServices/containers/blobs:path] StringLike \'*/tail/*\'))'
        : null
    }
  }
]

resource readers 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for principal in readerPrincipalIds: {
    scope: container
    name: guid(container.id, principal, 'reader')
    properties: {
      principalId: principal
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', readerRoleId)
    }
  }
]

module network 'private-endpoint.bicep' = if (isPrivate) {
  params: {
    location: location
    accountId: account.id
    accountName: accountName
    subnetId: privateEndpointSubnetId
    dnsNetworkId: privateDnsNetworkId
    zoneName: zoneName
  }
}

@description('What the sink\'s AccountUrl is set to.')
output accountUrl string = account.properties.primaryEndpoints.blob

@description('What the sink\'s Container is set to.')
output container string = containerName

@description('Where the rights are given.')
output scope string = '${account.id}${containerScope}'
