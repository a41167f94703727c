targetScope = 'resourceGroup'

@description('Azure region; Flex Consumption must be offered there.')
param location string = resourceGroup().location

@description('Version of Node.js that the functions run on.')
@allowed(['22', '24'])
param nodeVersion string = '24'

@description('How many instances each group of functions (HTTP, each queue, each timer) may have. Webex limits the rate of the whole organization: more instances do not make it faster.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Client id of the Webex Service App; or an access token in its place.')
param webexClientId string = ''

@description('Client secret of the Service App.')
@secure()
param webexClientSecret string = ''

@description('Refresh token of the Service App, authorized by a full admin. The app renews it from then on.')
@secure()
param webexRefreshToken string = ''

@description('Access token of a Webex admin, for a trial: a person renews it. Scopes: spark-admin:licenses_read, spark-admin:people_read, spark-admin:people_write; for next-free extensions and numbers also spark-admin:telephony_config_read, spark-admin:telephony_config_write.')
@secure()
param webexAccessToken string = ''

@description('Key Vault in which the app keeps the tokens of the Service App, and may read and write secrets; empty: sealed in its storage.')
param keyVaultUrl string = ''

@description('Base of the Webex API.')
param webexApiUrl string = 'https://webexapis.com/v1'

@description('Organizations that a request may name, with commas between; empty: only that of the token.')
param webexOrgIds string = ''

@description('The HR systems that may send events: a JSON object of sources by name, secrets included, or a Key Vault reference to it; see docs/hr-sources.md.')
@secure()
param hrSources string = ''

@description('How long one call to Webex may take, 1 to 45.')
param webexTimeoutSeconds int = 30

@description('How old the known catalogue of licenses may be.')
param catalogueMaxAgeSeconds int = 300

@description('Delay before the second attempt of a request; doubled before each one after it.')
param retryBaseSeconds int = 5

@description('How long a request is tried, from when it is due.')
param retryHorizonHours int = 72

@description('For how long requests and events are kept once they have ended, in days.')
param retentionDays int = 90

@description('Where a license has no seat left: wait, overage or reject.')
@allowed(['wait', 'overage', 'reject'])
param noSeats string = 'wait'

@description('The same for single licenses: a JSON object of such words by license id or name.')
param noSeatsByLicense string = ''

@description('For how long a file of the audit trail can be added to, and neither changed nor removed, in days.')
@minValue(1)
@maxValue(146000)
param auditRetentionDays int = 365

@description('Delays before each look at a person whom Webex does not know yet; the last one repeats.')
param personNotFoundDelaysSeconds string = '300,600,1200,2400'

@description('Of which licenses the inventory says who holds them: off, paid (those that are bought) or all.')
@allowed(['off', 'paid', 'all'])
param inventoryAssignments string = 'off'

@description('Whether what people hold and the policy manages is adopted once, after the first inventory run: off or on.')
@allowed(['off', 'on'])
param adoptOnFirstRun string = 'off'
@description('What is repaired where people hold something else than they should: off, add, or add-and-remove.')
@allowed(['off', 'add', 'add-and-remove'])
param driftRepair string = 'off'

@description('From how many people something may be removed an hour, 1 to 1000, or off; what is beyond it waits for approval.')
param removalsPerHour string = '20'

@description('The same a day, 1 to 4000, or off; empty: 100, or 2 % of the people where that is less.')
param removalsPerDay string = ''

@description('From how many people a Webex Calling license may be removed an hour, 1 to 1000, or off.')
param callingRemovalsPerHour string = '5'

@description('The same a day, 1 to 4000, or off.')
param callingRemovalsPerDay string = '20'

@description('An alert is raised where a paid pool has so many units left, or fewer; 0: never.')
param alertFreeUnits int = 0

@description('An alert is raised where so many percent of a paid pool are used, or more; 0: never.')
param alertPercentUsed int = 95

@description('An alert is raised where a paid pool is forecast to run out within so many days; 0: never.')
param alertDaysLeft int = 30

@description('When the inventory is published: NCRONTAB, UTC.')
param inventorySchedule string = '0 0 5 * * *'

@description('When requests that stayed behind are looked for: NCRONTAB, UTC.')
param sweepSchedule string = '0 * * * * *'

var token = uniqueString(resourceGroup().id)

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-seatline-${token}'
  location: location
}

resource storage 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: 'stseatline${token}'
  location: location
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    allowBlobPublicAccess: false
    // The identity is the only way in: there is no key to lose.
    allowSharedKeyAccess: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }

  resource blobs 'blobServices' = {
    name: 'default'
    resource packages 'containers' = { name: 'app-package' }
    resource inventory 'containers' = { name: 'inventory' }
    resource assignments 'containers' = { name: 'assignments' }
    // Everybody's addresses: nobody but the app has a role on it.
    resource people 'containers' = { name: 'people' }
    resource inventoryRuns 'containers' = { name: 'inventory-runs' }
    resource catalogue 'containers' = { name: 'catalogue' }
    resource tokens 'containers' = { name: 'tokens' }
    resource audit 'containers' = {
      name: 'audit'
      // Not locked: it keeps the app and its keys from changing what is written, and an owner may still end it.
      resource retention 'immutabilityPolicies' = {
        name: 'default'
        properties: {
          immutabilityPeriodSinceCreationInDays: auditRetentionDays
          allowProtectedAppendWrites: true
        }
      }
    }
    resource policy 'containers' = { name: 'policy' }
    resource hrBatches 'containers' = { name: 'hr-batches' }
    resource jobs 'containers' = { name: 'jobs' }
  }

  // The queue trigger does not create its queue.
  resource queues 'queueServices' = {
    name: 'default'
    resource requests 'queues' = { name: 'license-requests' }
    resource poison 'queues' = { name: 'license-requests-poison' }
    resource hrEvents 'queues' = { name: 'hr-events' }
    resource hrPoison 'queues' = { name: 'hr-events-poison' }
    resource inventoryRuns 'queues' = { name: 'inventory-runs' }
    resource inventoryPoison 'queues' = { name: 'inventory-runs-poison' }
    resource jobs 'queues' = { name: 'jobs' }
    resource jobsPoison 'queues' = { name: 'jobs-poison' }
    resource inventoryAlerts 'queues' = { name: 'inventory-alerts' }
  }

  resource tables 'tableServices' = {
    name: 'default'
    resource requests 'tables' = { name: 'requests' }
    resource requestIds 'tables' = { name: 'requestIds' }
    resource keys 'tables' = { name: 'idempotencyKeys' }
    resource hrEvents 'tables' = { name: 'hrEvents' }
    resource employees 'tables' = { name: 'employees' }
    resource hrPeople 'tables' = { name: 'hrPeople' }
    resource seatPools 'tables' = { name: 'seatPools' }
    resource numbers 'tables' = { name: 'numbers' }
    resource guardrails 'tables' = { name: 'guardrails' }
    resource auditFiles 'tables' = { name: 'auditFiles' }
    resource pace 'tables' = { name: 'pace' }
  }
}

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: 'log-seatline-${token}'
  location: location
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: 30
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-seatline-${token}'
  location: location
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    DisableLocalAuth: true
  }
}

var storageRoles = {
  blobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  queueDataContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  tableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
}
var metricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'

resource storageAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in items(storageRoles): {
    name: guid(storage.id, identity.id, role.value)
    scope: storage
    properties: {
      principalId: identity.properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.value)
    }
  }
]

resource insightsAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, identity.id, metricsPublisher)
  scope: insights
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', metricsPublisher)
  }
}

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: 'plan-seatline-${token}'
  location: location
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: 'func-seatline-${token}'
  location: location
  kind: 'functionapp,linux'
  tags: { 'azd-service-name': 'api' }
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    // Settings may be Key Vault references: there is no system-assigned identity that could read them.
    keyVaultReferenceIdentity: identity.id
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}${storage::blobs::packages.name}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identity.id
          }
        }
      }
      runtime: { name: 'node', version: nodeVersion }
      scaleAndConcurrency: {
        instanceMemoryMB: 2048
        maximumInstanceCount: maximumInstanceCount
        // HR systems wait a few seconds for an answer: one instance is always warm.
        alwaysReady: [{ name: 'http', instanceCount: 1 }]
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      appSettings: [
        { name: 'AzureWebJobsStorage__credential', value: 'managedidentity' }
        { name: 'AzureWebJobsStorage__clientId', value: identity.properties.clientId }
        { name: 'AzureWebJobsStorage__blobServiceUri', value: storage.properties.primaryEndpoints.blob }
        { name: 'AzureWebJobsStorage__queueServiceUri', value: storage.properties.primaryEndpoints.queue }
        { name: 'AzureWebJobsStorage__tableServiceUri', value: storage.properties.primaryEndpoints.table }
        { name: 'APPLICATIONINSIGHTS_CONNECTION_STRING', value: insights.properties.ConnectionString }
        {
          name: 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING'
          value: 'ClientId=${identity.properties.clientId};Authorization=AAD'
        }
        // The host reads a body that says its length before the app does: twice what the app takes, and not 100 MB.
        { name: 'FUNCTIONS_REQUEST_BODY_SIZE_LIMIT', value: '2097152' }
        { name: 'WEBEX_ACCESS_TOKEN', value: webexAccessToken }
        { name: 'WEBEX_CLIENT_ID', value: webexClientId }
        { name: 'WEBEX_CLIENT_SECRET', value: webexClientSecret }
        { name: 'WEBEX_REFRESH_TOKEN', value: webexRefreshToken }
        { name: 'KEY_VAULT_URL', value: keyVaultUrl }
        { name: 'WEBEX_API_URL', value: webexApiUrl }
        { name: 'WEBEX_ORG_IDS', value: webexOrgIds }
        { name: 'HR_SOURCES', value: hrSources }
        { name: 'WEBEX_TIMEOUT_SECONDS', value: string(webexTimeoutSeconds) }
        { name: 'CATALOGUE_MAX_AGE_SECONDS', value: string(catalogueMaxAgeSeconds) }
        { name: 'RETRY_BASE_SECONDS', value: string(retryBaseSeconds) }
        { name: 'RETRY_HORIZON_HOURS', value: string(retryHorizonHours) }
        { name: 'RETENTION_DAYS', value: string(retentionDays) }
        { name: 'AUDIT_RETENTION_DAYS', value: string(auditRetentionDays) }
        { name: 'NO_SEATS', value: noSeats }
        { name: 'NO_SEATS_BY_LICENSE', value: noSeatsByLicense }
        { name: 'PERSON_NOT_FOUND_DELAYS_SECONDS', value: personNotFoundDelaysSeconds }
        { name: 'INVENTORY_ASSIGNMENTS', value: inventoryAssignments }
        { name: 'ADOPT_ON_FIRST_RUN', value: adoptOnFirstRun }
        { name: 'DRIFT_REPAIR', value: driftRepair }
        { name: 'REMOVALS_PER_HOUR', value: removalsPerHour }
        { name: 'REMOVALS_PER_DAY', value: removalsPerDay }
        { name: 'CALLING_REMOVALS_PER_HOUR', value: callingRemovalsPerHour }
        { name: 'CALLING_REMOVALS_PER_DAY', value: callingRemovalsPerDay }
        { name: 'ALERT_FREE_UNITS', value: string(alertFreeUnits) }
        { name: 'ALERT_PERCENT_USED', value: string(alertPercentUsed) }
        { name: 'ALERT_DAYS_LEFT', value: string(alertDaysLeft) }
        { name: 'INVENTORY_SCHEDULE', value: inventorySchedule }
        { name: 'SWEEP_SCHEDULE', value: sweepSchedule }
      ]
    }
  }
  // Without its roles the app cannot start: they come first.
  dependsOn: [storageAccess, insightsAccess]
}

output functionAppName string = app.name
output apiUrl string = 'https://${app.properties.defaultHostName}/api'
output storageAccountName string = storage.name
